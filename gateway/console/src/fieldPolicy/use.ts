// The policy as screens draw by it.

import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Field } from "../ui/fields";
import { fieldPolicyQuery, type Need } from "./queries";
import { asked, CHANNELS, type Channel, needsOf, POLICY_GROUPS, ruleOf, takesPattern } from "./rules";

/** Draws fields as the policy has them for a channel. */
export function useAsked(
  channel: Channel,
): (fields: readonly Field[], hasValue?: (field: Field) => boolean) => Field[] {
  const { data } = useQuery(fieldPolicyQuery);
  return useMemo(() => (fields, hasValue) => asked(fields, data, channel, hasValue), [data, channel]);
}

/** Whether an address, or a group, comes with a new customer. */
export function useNeed(name: "address" | "group", channel: Channel): Need | undefined {
  return ruleOf(useQuery(fieldPolicyQuery).data, name)?.[channel];
}

/** Each part of each rule as a field of its own, such as `email.console`, for whoever edits them. */
export function useRuleFields(): Field[] {
  const { i18n } = useLingui();
  return useMemo(
    () =>
      POLICY_GROUPS.flatMap(({ fields }) =>
        fields.flatMap((field) => {
          const of = (part: string, label: Field["label"], more: Partial<Field>) => ({
            name: `${field.name}.${part}`,
            label: {
              ...msg({ message: "{field}: {part}" }),
              values: { field: i18n._(field.label), part: i18n._(label) },
            },
            input: "text" as const,
            ...more,
          });
          const channels = CHANNELS.map(({ name, label }) =>
            of(name, label, { input: "choice", required: true, choices: needsOf(field) }),
          );
          const texts = [of("pattern", msg`Pattern`, { max: 200 }), of("hint", msg`What it asks for`, { max: 200 })];
          return takesPattern(field) ? [...channels, ...texts] : channels;
        }),
      ),
    [i18n],
  );
}
