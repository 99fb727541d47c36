import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { TableColumn } from "../ui/DataTable";
import { countryName, formatDay, formatTime } from "../ui/format";
import { Status } from "../ui/Status";
import { RowActions } from "./list/RowActions";
import { type Customer, fullName, idOf } from "./queries";

/** Columns shown unless others are chosen, beside the name and the actions. */
export const FIRST_COLUMNS = ["email", "phone", "company", "group", "status", "created"];

/** The column that is always there. */
export const NAME = "name";

const ACTIONS = "actions";

/** Whether a person can choose to see the column. */
export function isChosen(id: string): boolean {
  return id !== NAME && id !== ACTIONS;
}

/** The columns of the list. `groups` gives the names of groups. */
export function useColumns(
  groups: ReadonlyMap<string, string>,
  onDelete: (customer: Customer) => void,
): TableColumn<Customer>[] {
  const { t } = useLingui();
  return useMemo(() => {
    const text = (id: string, header: string, width: number, cell: (customer: Customer) => string, order?: string) =>
      ({
        id,
        header,
        cell: ({ row }) => <bdi>{cell(row.original)}</bdi>,
        meta: { width, ...(order && { order }) },
      }) satisfies TableColumn<Customer>;
    const time = (id: string, header: string, of: (customer: Customer) => string | undefined, order: string) =>
      ({
        id,
        header,
        cell: ({ row }) => (
          <time dateTime={of(row.original)} title={formatTime(of(row.original))}>
            {formatDay(of(row.original))}
          </time>
        ),
        meta: { width: 110, order, end: true },
      }) satisfies TableColumn<Customer>;
    const types: Record<string, string> = { ACCOUNT_TYPE_PRIVATE: t`Private`, ACCOUNT_TYPE_BUSINESS: t`Business` };
    return [
      {
        id: NAME,
        header: t`Name`,
        cell: ({ row }) => <Name customer={row.original} />,
        meta: { width: 160, narrow: 132, order: "last_name" },
      },
      text("number", t`Number`, 90, (it) => it.number ?? "", "number"),
      {
        ...text("email", t`Email`, 180, (it) => it.email ?? ""),
        meta: { width: 180, narrow: 132, order: "email" },
      },
      text("phone", t`Phone`, 136, (it) => it.primaryPhone?.formatted ?? ""),
      text("company", t`Company`, 116, (it) => it.company ?? "", "company"),
      text("department", t`Department`, 130, (it) => it.department ?? ""),
      text("jobTitle", t`Job title`, 130, (it) => it.jobTitle ?? ""),
      text("group", t`Group`, 98, (it) => groups.get(it.primaryGroup ?? "") ?? ""),
      {
        id: "status",
        header: t`Status`,
        cell: ({ row }) => <Status status={row.original.status} />,
        meta: { width: 122 },
      },
      text("type", t`Type`, 90, (it) => types[it.accountType ?? ""] ?? ""),
      text("city", t`City`, 130, (it) => it.city ?? "", "city"),
      text("country", t`Country`, 130, (it) => (it.countryCode ? countryName(it.countryCode) : ""), "country_code"),
      text("username", t`Username`, 130, (it) => it.username ?? "", "username"),
      time("created", t`Created`, (it) => it.createTime, "create_time"),
      time("updated", t`Changed`, (it) => it.updateTime, "update_time"),
      time("signedIn", t`Last sign-in`, (it) => it.lastSignInTime, "last_sign_in_time"),
      {
        id: ACTIONS,
        header: "",
        cell: ({ row }) => <RowActions customer={row.original} onDelete={onDelete} />,
        meta: { width: 110, narrow: 48, end: true, label: t`Actions` },
      },
    ];
  }, [t, groups, onDelete]);
}

function Name({ customer }: { customer: Customer }) {
  return (
    <Link
      to="/customers/$customer/{-$section}"
      params={{ customer: idOf(customer.name), section: undefined }}
      preload="intent"
      className="plain"
      style={{ fontWeight: 500 }}
    >
      <bdi>{fullName(customer)}</bdi>
    </Link>
  );
}
