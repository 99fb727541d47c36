import { msg } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Field } from "../ui/fields";
import { rolesQuery } from "./queries";
import { PERMISSIONS, roleWords } from "./words";

const USERNAME: Field = {
  name: "username",
  label: msg`Username`,
  input: "text",
  max: 100,
  required: true,
  hint: msg`To sign in with. It cannot be changed later.`,
};

/** What letters of a staff user end with. */
export const SIGNATURE: Field = {
  name: "signature",
  label: msg`Signature`,
  input: "area",
  max: 1000,
  wide: true,
  hint: msg`What their letters end with.`,
};

/** What is said of a role. */
export const ROLE_FIELDS: readonly Field[] = [
  { name: "displayName", label: msg`Name`, input: "text", max: 100, required: true },
  {
    name: "scope",
    label: msg`Whose customers`,
    input: "choice",
    required: true,
    choices: [
      { value: "", label: msg`Choose` },
      { value: "SCOPE_ALL", label: msg`All customers` },
      { value: "SCOPE_ASSIGNED", label: msg`Assigned customers` },
    ],
  },
  { name: "description", label: msg`Description`, input: "area", max: 400, wide: true },
  {
    name: "permissions",
    label: msg`Permissions`,
    input: "choices",
    required: true,
    choices: PERMISSIONS.flatMap((about) => about.permissions.map(([value, label]) => ({ value, label }))),
  },
];

/** What is said of a staff user. The username is given once. */
export function useStaffFields({ fresh }: { fresh: boolean }): readonly Field[] {
  const roles = useQuery(rolesQuery);
  return useMemo(() => {
    const choices = (roles.data ?? []).map((role) => ({ value: role.name ?? "", label: roleWords(role) }));
    const details: Field[] = [
      { name: "displayName", label: msg`Name`, input: "text", max: 100, required: true },
      { name: "email", label: msg`Email`, input: "email", max: 254, required: true },
      {
        name: "role",
        label: msg`Role`,
        input: "choice",
        required: true,
        choices: [{ value: "", label: msg`Choose a role` }, ...choices],
      },
      SIGNATURE,
    ];
    return fresh ? [...details.slice(0, 1), USERNAME, ...details.slice(1)] : details;
  }, [roles.data, fresh]);
}
