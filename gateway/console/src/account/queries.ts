// What the console changes of the accounts with which customers sign in.

import { queryOptions, useMutation } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
import { useCustomerChanged } from "../customers/queries";

export type Account = Schemas["identity.v1.Account"];
export type ResetCode = Schemas["identity.v1.ResetCode"];

/** Questions to choose from, by which a caller is known again. */
export const questionsQuery = queryOptions({
  queryKey: ["securityQuestions"],
  queryFn: async ({ signal }) => {
    const params = { query: { pageSize: 100 } };
    return (await answer(api.GET("/v1/securityQuestions", { params, signal }))).securityQuestions;
  },
  staleTime: 300_000,
});

/** Blocks and lets in, and gives codes for a new password. */
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
