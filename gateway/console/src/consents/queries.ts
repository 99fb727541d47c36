// What the console asks about consents, and records of them.

import { infiniteQueryOptions, useMutation } from "@tanstack/react-query";
import { answer, api, type Schemas, traced } from "../api/client";
import { useCustomerChanged } from "../customers/queries";

export type ConsentRecord = Schemas["profile.v1.ConsentRecord"];
export type ConsentState = NonNullable<ConsentRecord["state"]>;
export type ConsentChannel = NonNullable<ConsentRecord["channel"]>;

export const NEWSLETTER = "CONSENT_PURPOSE_NEWSLETTER_EMAIL";

/** What a customer said, latest first, and what holds now. */
export function consentsQuery(customer: string) {
  return infiniteQueryOptions({
    // what changes of the customer has this read again too
    queryKey: ["customers", "one", customer, "consents"],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/v1/customers/{customer}/consentRecords", {
          params: { path: { customer }, query: { pageToken: pageParam } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** Records what a customer says to the newsletter. The id of the request stays while one form is tried again. */
export function useRecordConsent(customer: string) {
  const changed = useCustomerChanged();
  return useMutation({
    mutationFn: ({ id, ...said }: { id: string; state: ConsentState; channel: ConsentChannel; source: string }) =>
      traced(
        api.POST("/v1/customers/{customer}/consentRecords", {
          params: { path: { customer }, header: { "Idempotency-Key": id } },
          body: { purpose: NEWSLETTER, ...said },
        }),
      ),
    onSuccess: () => changed(customer),
  });
}
