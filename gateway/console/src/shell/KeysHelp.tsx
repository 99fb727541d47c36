import { Trans, useLingui } from "@lingui/react/macro";
import { Kbd, Modal } from "@mantine/core";
import classes from "./KeysHelp.module.css";
import { isShown, MODULES } from "./modules";
import { useSession } from "./session";

/** Lists the keys. */
export function KeysHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t, i18n } = useLingui();
  const { permissions } = useSession();
  const keys: [string[], string][] = [
    [["/"], t`Search customers`],
    [["Ctrl", "K"], t`Search or jump to anything`],
    ...MODULES.filter((it) => isShown(it, permissions)).map((it): [string[], string] => {
      const name = i18n._(it.name);
      return [it.keys.split(" "), t`Go to ${name}`];
    }),
    [["n"], t`New customer, or group where groups are`],
    [["e"], t`Edit the record`],
    [["↑", "↓"], t`Move through the rows`],
    [["Enter"], t`Open the row`],
    [["Space"], t`Select the row`],
    [["Shift", "↓"], t`Select several rows`],
    [["Ctrl", "Enter"], t`Save`],
    [["Esc"], t`Close or cancel`],
    [["?"], t`This list`],
  ];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<Trans>Keyboard shortcuts</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <dl className={classes.list}>
        {keys.map(([parts, what]) => (
          <div key={what}>
            <dt>
              {parts.map((part) => (
                <Kbd key={part}>{part}</Kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
