import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconDots,
  IconFolderMinus,
  IconFolderPlus,
  IconLock,
  IconLockOpen,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { openDialog } from "../../shell/dialogs";
import { useKeys } from "../../shell/keyboard";
import { useMay } from "../../shell/session";
import { formatCount } from "../../ui/format";
import type { ListState } from "../list/state";
import { fullName } from "../queries";
import classes from "./Bulk.module.css";
import { BulkDialog } from "./BulkDialog";
import { Names } from "./Names";
import { allOf, type BulkAction } from "./queries";
import type { Selected } from "./selected";

interface Props {
  selected: Selected;
  state: ListState;
  /** How many match on all pages, where that is known. */
  total: number | undefined;
  estimated: boolean;
}

/** What can be done with those who are selected, and how many they are. Nothing while there is nobody. */
export function BulkBar({ selected, state, total, estimated }: Props) {
  const { t } = useLingui();
  const may = useMay();
  const { customers, all, clear } = selected;
  const count = customers.size;
  const some = all || customers.size > 0;
  useKeys({ ...(some && { Escape: clear }) });
  if (!some) return null;

  const ask = (kind: BulkAction["kind"]) => {
    const selection = all ? allOf(state) : { names: [...customers.values()].map(({ name = "" }) => name) };
    const one = !all && { who: <Names names={[...customers.values()].map(fullName)} />, count };
    openDialog((close) => <BulkDialog kind={kind} selection={selection} {...one} onClose={close} onStarted={clear} />);
  };
  const more = !all && (total === undefined || total > count);
  const shown = formatCount(total ?? 0);
  return (
    <div className={classes.bar} role="toolbar" aria-label={t`What to do with those selected`}>
      <span className={`${classes.count} figures`} role="status">
        {all ? (
          total === undefined ? (
            <Trans>All selected</Trans>
          ) : estimated ? (
            <Trans>All selected, about {shown}</Trans>
          ) : (
            <Trans>All {shown} selected</Trans>
          )
        ) : (
          <Plural value={count} one="# selected" other="# selected" />
        )}
      </span>
      {more && (
        <Button variant="subtle" size="compact-sm" onClick={selected.selectAll}>
          {total === undefined ? (
            <Trans>Select all that match</Trans>
          ) : estimated ? (
            <Trans>Select all that match, about {shown}</Trans>
          ) : (
            <Trans>Select all {shown} that match</Trans>
          )}
        </Button>
      )}
      {may("GROUP_ASSIGN") && (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconFolderPlus size={15} aria-hidden />}
          onClick={() => ask("addToGroup")}
        >
          <Trans>Add to group</Trans>
        </Button>
      )}
      {may("CUSTOMER_DELETE") && (
        <Button
          variant="default"
          c="red"
          size="compact-sm"
          leftSection={<IconTrash size={15} aria-hidden />}
          onClick={() => ask("delete")}
        >
          <Trans>Delete</Trans>
        </Button>
      )}
      {(may("GROUP_ASSIGN") || may("CUSTOMER_DISABLE")) && (
        <Menu position="top-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t`More for those selected`}>
              <IconDots size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {may("GROUP_ASSIGN") && (
              <Menu.Item leftSection={<IconFolderMinus size={15} aria-hidden />} onClick={() => ask("removeFromGroup")}>
                <Trans>Remove from group</Trans>
              </Menu.Item>
            )}
            {may("CUSTOMER_DISABLE") && (
              <>
                <Menu.Item leftSection={<IconLock size={15} aria-hidden />} onClick={() => ask("disable")}>
                  <Trans>Disable sign-in</Trans>
                </Menu.Item>
                <Menu.Item leftSection={<IconLockOpen size={15} aria-hidden />} onClick={() => ask("enable")}>
                  <Trans>Let sign in again</Trans>
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      <ActionIcon variant="subtle" color="gray" onClick={clear} aria-label={t`Select nobody`}>
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </div>
  );
}
