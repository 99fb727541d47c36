// Everything that the console asks about the accounts with which customers sign in, and what it changes of them.

import { queryOptions, useMutation } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
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
    createResetCode: useMutation({
      mutationFn: () =>
        answer(
          api.POST("/v1/customers/{customer}/account:createResetCode", { params: { path: { customer } }, body: {} }),
        ),
      onSuccess,
    }),
  };
}
