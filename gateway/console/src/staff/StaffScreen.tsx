import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { useKeys } from "../shell/keyboard";
import { DataTable } from "../ui/DataTable";
import { Failure } from "../ui/Failure";
import { formatCount } from "../ui/format";
import screen from "../ui/Screen.module.css";
import { useStaffColumns } from "./columns";
import { EditStaffDialog } from "./EditStaffDialog";
import { NewStaffDialog } from "./NewStaffDialog";
import { type Staff, staffQuery } from "./queries";

/** Who works with customers: created, changed, disabled, given new passwords. */
export function StaffScreen() {
  const { t } = useLingui();
  const staff = useQuery(staffQuery);
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<Staff>();
  const columns = useStaffColumns(setEditing);
  const rows = staff.data ?? NOBODY;
  useKeys({ n: () => setAdding(true) });
  return (
    <div className={screen.screen}>
      <header className={screen.head}>
        <h1>
          <Trans>Staff</Trans>
        </h1>
        {staff.data && <span className="faint figures">{formatCount(rows.length)}</span>}
        <span className={screen.buttons}>
          <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
            <Trans>New member of staff</Trans>
          </Button>
        </span>
      </header>
      {staff.isError && !staff.data ? (
        <Failure problem={asProblem(staff.error)} onRetry={() => void staff.refetch()} />
      ) : (
        <DataTable
          label={t`Staff`}
          columns={columns}
          visible={{}}
          rows={rows}
          rowId={rowId}
          order="username"
          onOrder={nothing}
          pending={staff.isPending}
          behind={false}
          more={false}
          onMore={nothing}
          total={rows.length}
        />
      )}
      <NewStaffDialog opened={adding} onClose={() => setAdding(false)} />
      <EditStaffDialog staff={editing} onClose={() => setEditing(undefined)} />
    </div>
  );
}

const NOBODY: Staff[] = [];

function rowId({ name = "" }: Staff): string {
  return name;
}

function nothing() {}
