import { useLingui } from "@lingui/react/macro";
import { NativeSelect, TextInput } from "@mantine/core";
import classes from "./List.module.css";
import { DEFAULT_TIME, type TimeFrame as Frame, type ListState, TIME_FRAMES } from "./state";

interface Props {
  state: ListState;
  onChange: (state: Pick<ListState, "time" | "from" | "to">) => void;
}

/** Chooses when the customers of the list were created. Lifted, and so not to be chosen, while something is searched for. */
export function TimeFrame({ state, onChange }: Props) {
  const { t } = useLingui();
  const names: Record<Frame, string> = {
    "7d": t`Last 7 days`,
    "30d": t`Last 30 days`,
    "90d": t`Last 90 days`,
    year: t`This year`,
    all: t`All time`,
    custom: t`Between two days`,
  };
  const time = state.time ?? DEFAULT_TIME;
  return (
    <>
      <NativeSelect
        aria-label={t`Created`}
        disabled={Boolean(state.q)}
        value={state.q ? "all" : time}
        onChange={(event) => onChange({ time: event.currentTarget.value as Frame })}
        data={TIME_FRAMES.map((value) => ({ value, label: names[value] }))}
      />
      {time === "custom" && !state.q && (
        <div className={classes.days}>
          <TextInput
            type="date"
            aria-label={t`First day`}
            value={state.from ?? ""}
            onChange={(event) => onChange({ ...state, from: event.currentTarget.value })}
          />
          –
          <TextInput
            type="date"
            aria-label={t`Last day`}
            value={state.to ?? ""}
            onChange={(event) => onChange({ ...state, to: event.currentTarget.value })}
          />
        </div>
      )}
    </>
  );
}
