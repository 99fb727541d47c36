// Everything that the console asks about the accounts with which customers sign in, and what it changes of them.

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
import { problemOf } from "../api/outcome";
import { asProblem, type Problem } from "../api/problem";
import { useCustomerChanged } from "../customers/queries";

export type Account = Schemas["identity.v1.Account"];
export type ResetCode = Schemas["identity.v1.ResetCode"];

export type Obstacle = Schemas["identity.v1.SignInObstacle"];

/** Whether a customer can sign in, and why not. Read again whenever something of the customer changed. */
export function diagnosisQuery(customer: string) {
  return queryOptions({
    queryKey: ["customers", "one", customer, "diagnosis"],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/customers/{customer}/account:diagnoseSignIn", { params: { path: { customer } }, signal })),
  });
}

/** Makes accounts, blocks, lets in and approves, sets passwords and gives codes for new ones. */
export function useAccountActions(customer: string) {
  const changed = useCustomerChanged();
  const params = () => ({ path: { customer }, header: { "Idempotency-Key": requestId() } });
  const onSuccess = () => changed(customer);
  return {
    disable: useMutation({
      mutationFn: (reason: string) =>
        traced(api.POST("/v1/customers/{customer}/account:disable", { params: params(), body: { reason } })),
      onSuccess,
    }),
    enable: useMutation({
      mutationFn: (reason: string) =>
        traced(api.POST("/v1/customers/{customer}/account:enable", { params: params(), body: { reason } })),
      onSuccess,
    }),
    approve: useMutation({
      mutationFn: (reason: string) =>
        traced(api.POST("/v1/customers/{customer}/account:approve", { params: params(), body: { reason } })),
      onSuccess,
    }),
    create: useMutation({
      mutationFn: (body: Schemas["identity.v1.NewAccount"]) =>
        traced(api.POST("/v1/customers/{customer}/account", { params: params(), body })),
      onSuccess,
    }),
    unlock: useMutation({
      mutationFn: () =>
        traced(api.POST("/v1/customers/{customer}/account:unlock", { params: { path: { customer } }, body: {} })),
      onSuccess,
    }),
    setPassword: useMutation({
      mutationFn: (password: string) =>
        traced(
          api.POST("/v1/customers/{customer}/account:setPassword", {
            params: { path: { customer } },
            body: { password },
          }),
        ),
      onSuccess,
    }),
    setAnswer: useMutation({
      mutationFn: (body: { securityQuestion: string; securityAnswer: string }) =>
        traced(
          api.POST("/v1/customers/{customer}/account:setSecurityAnswer", { params: { path: { customer } }, body }),
        ),
      onSuccess,
    }),
    verifyAnswer: useMutation({
      mutationFn: (securityAnswer: string) =>
        answer(
          api.POST("/v1/customers/{customer}/account:verifySecurityAnswer", {
            params: { path: { customer } },
            body: { securityAnswer },
          }),
        ),
      onSuccess,
    }),
    createResetCode: useMutation({
      mutationFn: () =>
        answer(
          api.POST("/v1/customers/{customer}/account:createResetCode", { params: { path: { customer } }, body: {} }),
        ),
      onSuccess,
    }),
  };
}

export type Decision = "approve" | "decline";

/** Most that are decided in one call. */
const BATCH = 100;

/** Decides about customers who wait, each by itself. Gives those about whom nothing was decided, and why. */
export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ decision, ids, reason }: { decision: Decision; ids: string[]; reason: string }) => {
      const refused: { id: string; problem: Problem }[] = [];
      for (let from = 0; from < ids.length; from += BATCH) {
        const some = ids.slice(from, from + BATCH);
        const requests = some.map((id) => ({ name: `customers/${id}/account`, reason, requestId: requestId() }));
        const body = { requests };
        try {
          const { results } = await answer(
            decision === "approve"
              ? api.POST("/v1/accounts:batchApprove", { body })
              : api.POST("/v1/accounts:batchDecline", { body }),
          );
          some.forEach((id, place) => {
            const error = results[place]?.error;
            if (error) refused.push({ id, problem: problemOf(error) });
          });
        } catch (error) {
          // those before are decided; the same is likely to stop those after
          const problem = asProblem(error);
          refused.push(...ids.slice(from).map((id) => ({ id, problem })));
          break;
        }
      }
      return refused;
    },
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["approvals"] }),
        client.invalidateQueries({ queryKey: ["customers"] }),
        client.invalidateQueries({ queryKey: ["activity"] }),
      ]),
  });
}
