// Everything that the console asks about addresses, and what it changes of them.

import { keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
import { useCustomerChanged } from "../customers/queries";

export type Address = Schemas["address.v1.Address"];

/** The id of an address, the last part of its name. */
export function addressId({ name = "" }: Address): string {
  return name.split("/")[3] ?? "";
}

/** Every address of a customer, oldest first. */
export function addressesQuery(customer: string) {
  return queryOptions({
    queryKey: ["customers", "one", customer, "addresses"],
    queryFn: async ({ signal }) => {
      const addresses: Address[] = [];
      let pageToken = "";
      do {
        const params = { path: { customer }, query: { pageSize: 100, pageToken } };
        const page = await answer(api.GET("/v1/customers/{customer}/addresses", { params, signal }));
        addresses.push(...page.addresses);
        pageToken = page.nextPageToken;
      } while (pageToken);
      return addresses;
    },
  });
}

/** What addresses in a country consist of, by its code. The same until a release brings newer data. */
export function countryQuery(code: string) {
  return queryOptions({
    queryKey: ["addressCountries", code],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/addressCountries/{country}", { params: { path: { country: code } }, signal })),
    enabled: code !== "",
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** One address as it is now. */
export function readAddress(customer: string, address: string): Promise<Address> {
  return answer(api.GET("/v1/customers/{customer}/addresses/{address}", { params: { path: { customer, address } } }));
}

/** Creates, changes and deletes addresses of a customer. */
export function useAddressActions(customer: string) {
  const changed = useCustomerChanged();
  const onSuccess = () => changed(customer);
  return {
    create: useMutation({
      mutationFn: ({ body, id }: { body: Address; id: string }) =>
        traced(
          api.POST("/v1/customers/{customer}/addresses", {
            params: { path: { customer }, header: { "Idempotency-Key": id } },
            body,
          }),
        ),
      onSuccess,
    }),
    update: useMutation({
      mutationFn: ({ address, fields, etag }: { address: string; fields: Partial<Address>; etag: string }) =>
        traced(
          api.PATCH("/v1/customers/{customer}/addresses/{address}", {
            params: {
              path: { customer, address },
              query: { updateMask: Object.keys(fields).join(",") },
              header: { "If-Match": `"${etag}"`, "Idempotency-Key": requestId() },
            },
            body: fields,
          }),
        ),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (address: string) =>
        traced(
          api.DELETE("/v1/customers/{customer}/addresses/{address}", {
            params: { path: { customer, address }, header: { "Idempotency-Key": requestId() } },
          }),
        ),
      onSuccess,
    }),
  };
}
