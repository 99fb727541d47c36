import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Checkbox, Group, Modal, Radio, Stack } from "@mantine/core";
import { IconDownload, IconHourglass } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem, type Problem } from "../../api/problem";
import { useMay } from "../../shell/session";
import { formatBytes, formatCount, formatDuration } from "../../ui/format";
import { sayDone } from "../../ui/notify";
import { useProblemText } from "../../ui/words";
import type { ListState } from "../list/state";
import { type Estimate, estimateQuery } from "../queries";
import classes from "./Export.module.css";
import { type ExportChoice, exportAddress, exportRequest, type Format } from "./request";

interface Props {
  state: ListState;
  /** Columns that the list shows beside the name. */
  shown: readonly string[];
  onClose: () => void;
}

/** Seconds from which on an export is said to take a while. */
const LONG = 5;

/** Chooses what to export, says how much that is, and hands the file to the browser, which shows how far it is. */
export function ExportDialog({ state, shown, onClose }: Props) {
  const { t } = useLingui();
  const may = useMay();
  const [choice, setChoice] = useState<ExportChoice>({ which: "shown", format: "CSV", contact: true });
  // the days of a time frame are those of when the dialog was opened
  const [now] = useState(() => new Date());
  const request = exportRequest(choice, state, shown, may, now);
  const estimate = useQuery(estimateQuery(request));
  const change = (changed: Partial<ExportChoice>) => setChoice({ ...choice, ...changed });
  const ready = estimate.isSuccess && !estimate.isPlaceholderData;

  function begin() {
    onClose();
    sayDone(<Trans>The file is on its way. Your browser shows how far it is, and can cancel it.</Trans>);
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={<Trans>Export customers</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <Stack gap="lg">
        <Radio.Group
          label={<Trans>Which customers</Trans>}
          value={choice.which}
          onChange={(which) => change({ which: which as ExportChoice["which"] })}
        >
          <Stack gap="xs" mt="xs">
            <Radio
              value="shown"
              label={t`Those in the list`}
              description={t`As search, time frame and filters have it now`}
            />
            <Radio value="all" label={t`All customers`} description={t`Everyone you may see`} />
          </Stack>
        </Radio.Group>
        <Radio.Group
          label={<Trans>File</Trans>}
          value={choice.format}
          onChange={(format) => change({ format: format as Format })}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="CSV" label="CSV" description={t`A table for every program; of any size`} />
            <Radio value="XLSX" label="Excel" description={t`A workbook with one sheet; up to 1,048,575 customers`} />
            <Radio
              value="JSON_LINES"
              label="JSON"
              description={t`One customer a line, with every field, for programs`}
            />
          </Stack>
        </Radio.Group>
        <Checkbox
          checked={choice.contact}
          onChange={(event) => change({ contact: event.currentTarget.checked })}
          label={t`With contact details`}
          description={t`All phones, addresses, groups and assigned staff, besides the columns of the list`}
        />
        <div className={classes.size} role="status">
          {estimate.isError ? (
            <Refused problem={asProblem(estimate.error)} />
          ) : (
            estimate.data && <Size estimate={estimate.data} />
          )}
        </div>
      </Stack>
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        {ready ? (
          <Button
            leftSection={<IconDownload size={15} aria-hidden />}
            renderRoot={(props) => (
              <a {...props} href={exportAddress(request)} download>
                {props.children}
              </a>
            )}
            onClick={begin}
          >
            <Trans>Export</Trans>
          </Button>
        ) : (
          <Button leftSection={<IconDownload size={15} aria-hidden />} disabled>
            <Trans>Export</Trans>
          </Button>
        )}
      </Group>
    </Modal>
  );
}

/** How much it is, and that it takes a while where it does. */
function Size({ estimate }: { estimate: Estimate }) {
  const { rowCount, rowCountEstimated } = estimate;
  const count = formatCount(rowCount);
  const size = formatBytes(Number(estimate.sizeBytes));
  const seconds = Number.parseFloat(estimate.duration ?? "0");
  const time = formatDuration(seconds);
  return (
    <>
      <p className="figures">
        {rowCountEstimated ? (
          <Trans>
            About {count} customers, about {size}
          </Trans>
        ) : (
          <Plural value={rowCount} one={`# customer, about ${size}`} other={`# customers, about ${size}`} />
        )}
      </p>
      {seconds >= LONG && (
        <Alert color="yellow" variant="light" icon={<IconHourglass size={16} aria-hidden />}>
          <Trans>This may take a while: about {time}. You can go on working in the meantime.</Trans>
        </Alert>
      )}
    </>
  );
}

function Refused({ problem }: { problem: Problem }) {
  const inWords = useProblemText();
  const tooLarge = problem.preconditions.some(({ rule }) => rule === "EXPORT_TOO_LARGE_FOR_FORMAT");
  return (
    <Alert color="red" variant="light" role="alert">
      {tooLarge ? (
        <Trans>These are more customers than a sheet of Excel has rows. Choose CSV, or fewer customers.</Trans>
      ) : (
        inWords(problem)
      )}
    </Alert>
  );
}
