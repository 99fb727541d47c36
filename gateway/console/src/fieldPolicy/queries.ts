// Everything that the console asks about what customers are asked for, and what it changes of it.

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";

export type FieldPolicy = Schemas["profile.v1.FieldPolicy"];
export type FieldRule = Schemas["profile.v1.FieldRule"];
export type Need = NonNullable<FieldRule["console"]>;

/** What is asked of customers. Forms are drawn by it. */
export const fieldPolicyQuery = queryOptions({
  queryKey: ["fieldPolicy"],
  queryFn: ({ signal }) => answer(api.GET("/v1/fieldPolicy", { signal })),
  staleTime: 60_000,
});

/** Changes the rules, or parts of them, that are given, where none of them changed since `etag`. */
export function useUpdateFieldPolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ fields, mask, etag }: { fields: Partial<FieldPolicy>; mask: string[]; etag: string }) =>
      traced(
        api.PATCH("/v1/fieldPolicy", {
          params: {
            query: { updateMask: mask.join(",") },
            header: { "If-Match": `"${etag}"`, "Idempotency-Key": requestId() },
          },
          body: fields,
        }),
      ),
    onSuccess: ({ data }) => client.setQueryData(fieldPolicyQuery.queryKey, data),
  });
}
