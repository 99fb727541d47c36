import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconClockOff, IconDots, IconKey, IconLock, IconLockOpen, IconPencil } from "@tabler/icons-react";
import { idOf } from "../customers/queries";
import { openDialog } from "../shell/dialogs";
import { useSession } from "../shell/session";
import { sayDone, sayRefused } from "../ui/notify";
import screen from "../ui/Screen.module.css";
import { DisableStaffDialog } from "./DisableStaffDialog";
import { PasswordDialog } from "./PasswordDialog";
import { type Staff, useStaffActions } from "./queries";

/** What can be done with a member of staff: pencil, and the rest behind "...". */
export function StaffActions({ staff, onEdit }: { staff: Staff; onEdit: (staff: Staff) => void }) {
  const { t } = useLingui();
  const session = useSession();
  const { unlock } = useStaffActions();
  const name = staff.displayName ?? "";
  function letIn() {
    unlock.mutate(idOf(staff.name), {
      onSuccess: ({ traceId }) => sayDone(<Trans>{name} need not wait any more.</Trans>, traceId),
      onError: sayRefused,
    });
  }
  return (
    <span className={screen.actions}>
      <Tooltip label={t`Edit`}>
        <ActionIcon variant="subtle" color="gray" aria-label={t`Edit ${name}`} onClick={() => onEdit(staff)}>
          <IconPencil size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {/* one's own password is changed by who knows the old one, and nobody locks themselves out */}
      {staff.name !== session.user && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t`More for ${name}`}>
              <IconDots size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {staff.lockedUntilTime && (
              <Menu.Item leftSection={<IconClockOff size={15} aria-hidden />} onClick={letIn}>
                <Trans>Unlock</Trans>
              </Menu.Item>
            )}
            <Menu.Item
              leftSection={<IconKey size={15} aria-hidden />}
              onClick={() => openDialog((close) => <PasswordDialog staff={staff} onClose={close} />)}
            >
              <Trans>Give a new password</Trans>
            </Menu.Item>
            <Menu.Item
              leftSection={staff.disabled ? <IconLockOpen size={15} aria-hidden /> : <IconLock size={15} aria-hidden />}
              onClick={() => openDialog((close) => <DisableStaffDialog staff={staff} onClose={close} />)}
            >
              {staff.disabled ? <Trans>Let sign in again</Trans> : <Trans>Disable sign-in</Trans>}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </span>
  );
}
