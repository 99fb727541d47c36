import { Trans, useLingui } from "@lingui/react/macro";
import { Kbd, Modal } from "@mantine/core";
import classes from "./KeysHelp.module.css";

/** Lists the keys. */
export function KeysHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useLingui();
  const keys: [string[], string][] = [
    [["/"], t`Search customers`],
    [["Ctrl", "K"], t`Search or jump to anything`],
    [["g", "c"], t`Go to customers`],
    [["g", "a"], t`Go to activity`],
    [["n"], t`New customer`],
    [["e"], t`Edit the record`],
    [["↑", "↓"], t`Walk through the rows`],
    [["Enter"], t`Open the row`],
    [["x"], t`Select the row`],
    [["Shift", "↓"], t`Select several rows`],
    [["Ctrl", "Enter"], t`Save`],
    [["Esc"], t`Back out`],
    [["?"], t`This list`],
  ];
  return (
    <Modal opened={opened} onClose={onClose} title={<Trans>Keys</Trans>} closeButtonProps={{ "aria-label": t`Close` }}>
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
