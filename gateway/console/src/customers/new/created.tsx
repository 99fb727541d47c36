import { Trans } from "@lingui/react/macro";

/** Says that a customer is there. */
export function createdMessage(name: string) {
  return <Trans>{name} was created.</Trans>;
}
