import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useId, useState } from "react";
import classes from "./New.module.css";

/** Fields that few need: behind a button, open where something in them is wrong. */
export function Fold({ label, forced, children }: { label: string; forced: boolean; children: ReactNode }) {
  const id = useId();
  const [opened, setOpened] = useState(false);
  const shown = opened || forced;
  return (
    <>
      <div>
        <Button
          variant="subtle"
          color="gray"
          ml={-8}
          aria-expanded={shown}
          aria-controls={id}
          data-fold
          onClick={() => setOpened(!shown)}
          leftSection={
            shown ? (
              <IconChevronDown size={15} aria-hidden />
            ) : (
              <IconChevronRight size={15} className={classes.closed} aria-hidden />
            )
          }
        >
          {label}
        </Button>
      </div>
      <div id={id} hidden={!shown}>
        {children}
      </div>
    </>
  );
}
