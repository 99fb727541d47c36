import { useLingui } from "@lingui/react/macro";
import { CopyButton, Tooltip, UnstyledButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import classes from "./CopyText.module.css";

/** An id or the like: shown short where it is long, copied whole by a click. */
export function CopyText({ text, shown }: { text: string; shown?: string }) {
  const { t } = useLingui();
  const seen = shown ?? text;
  return (
    <CopyButton value={text} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t`Copied` : t`Copy`}>
          <UnstyledButton className={classes.button} onClick={copy} aria-label={t`Copy ${seen}`}>
            <bdi className={`${classes.text} cut`}>{seen}</bdi>
            {copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}
