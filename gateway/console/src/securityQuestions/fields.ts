import { msg } from "@lingui/core/macro";
import type { Field } from "../ui/fields";

/** What a question says. */
export const QUESTION_FIELDS: readonly Field[] = [
  {
    name: "text",
    label: msg`Question`,
    input: "text",
    max: 200,
    required: true,
    wide: true,
    hint: msg`Ask for something that seldom changes and that others do not know.`,
  },
];
