import { Plural } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useEffect } from "react";
import { seen, useNews } from "./live";

/** Says how many are new since a list was read, and reads it again when the person asks for that. */
export function NewOnes({ what, onPull }: { what: "customers" | "events"; onPull: () => void }) {
  const count = useNews()[what];
  // a list that is opened is read then
  useEffect(() => seen(what), [what]);
  if (count === 0) return null;
  return (
    <Button
      variant="light"
      size="compact-xs"
      radius="xl"
      leftSection={<IconArrowUp size={13} aria-hidden />}
      onClick={() => {
        seen(what);
        onPull();
      }}
    >
      <Plural value={count} one="# new" other="# new" />
    </Button>
  );
}
