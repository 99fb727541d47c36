import { msg } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Field } from "../ui/fields";
import { rolesQuery } from "./queries";
import { roleWords } from "./words";

const USERNAME: Field = {
  name: "username",
  label: msg`Username`,
  input: "text",
  max: 100,
  required: true,
  hint: msg`To sign in with. It cannot be changed later.`,
};

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
    ];
    return fresh ? [...details.slice(0, 1), USERNAME, ...details.slice(1)] : details;
  }, [roles.data, fresh]);
}
