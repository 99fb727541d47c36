import { Trans, useLingui } from "@lingui/react/macro";
import { UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSession } from "../shell/session";
import type { TableColumn } from "../ui/DataTable";
import { formatClock, formatTime } from "../ui/format";
import { Status } from "../ui/Status";
import { rolesQuery, type Staff } from "./queries";
import { StaffActions } from "./StaffActions";
import { roleWords } from "./words";

/** The columns of the list of staff. */
export function useStaffColumns(onEdit: (staff: Staff) => void): TableColumn<Staff>[] {
  const { t } = useLingui();
  return useMemo(
    () =>
      [
        {
          id: "name",
          header: t`Name`,
          cell: ({ row }) => <Name staff={row.original} onEdit={onEdit} />,
          meta: { width: 190, narrow: 150 },
        },
        {
          id: "username",
          header: t`Username`,
          cell: ({ row }) => <bdi>{row.original.username}</bdi>,
          meta: { width: 140, narrow: 118 },
        },
        {
          id: "email",
          header: t`Email`,
          cell: ({ row }) => <bdi>{row.original.email}</bdi>,
          meta: { width: 200 },
        },
        {
          id: "role",
          header: t`Role`,
          cell: ({ row }) => <RoleName name={row.original.role ?? ""} />,
          meta: { width: 130 },
        },
        {
          id: "status",
          header: t`Status`,
          cell: ({ row }) => <SignInStatus staff={row.original} />,
          meta: { width: 170 },
        },
        {
          id: "signedIn",
          header: t`Last sign-in`,
          cell: ({ row }) => formatTime(row.original.lastSignInTime) || <Trans>Never</Trans>,
          meta: { width: 190, end: true },
        },
        {
          id: "actions",
          header: "",
          cell: ({ row }) => <StaffActions staff={row.original} onEdit={onEdit} />,
          meta: { width: 92, end: true, label: t`Actions` },
        },
      ] satisfies TableColumn<Staff>[],
    [t, onEdit],
  );
}

function Name({ staff, onEdit }: { staff: Staff; onEdit: (staff: Staff) => void }) {
  const session = useSession();
  return (
    <UnstyledButton fz={13} fw={500} style={{ verticalAlign: "middle" }} onClick={() => onEdit(staff)}>
      <span dir="auto">{staff.displayName}</span>
      {staff.name === session.user && (
        <span className="faint">
          {" "}
          <Trans>(you)</Trans>
        </span>
      )}
    </UnstyledButton>
  );
}

function SignInStatus({ staff: { disabled, lockedUntilTime } }: { staff: Staff }) {
  if (disabled || !lockedUntilTime) return <Status status={disabled ? "DISABLED" : "ACTIVE"} />;
  const until = formatClock(lockedUntilTime);
  return <Trans>Must wait until {until}</Trans>;
}

function RoleName({ name }: { name: string }) {
  const { i18n } = useLingui();
  const roles = useQuery(rolesQuery);
  const role = roles.data?.find((it) => it.name === name);
  return <bdi>{role ? i18n._(roleWords(role)) : "…"}</bdi>;
}
