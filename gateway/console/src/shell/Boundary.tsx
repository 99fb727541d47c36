import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconMoodEmpty } from "@tabler/icons-react";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";

/** What stands where a screen failed. */
export function Broken({ error, reset }: ErrorComponentProps) {
  return <Failure problem={asProblem(error)} onRetry={reset} whole />;
}

/** What stands where an address leads nowhere. */
export function Nowhere() {
  return (
    <Empty whole icon={<IconMoodEmpty size={28} stroke={1.5} />} title={<Trans>There is no such page</Trans>}>
      <Button variant="default" component={Link} to="/customers">
        <Trans>Go to customers</Trans>
      </Button>
    </Empty>
  );
}
