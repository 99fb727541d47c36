import { Trans } from "@lingui/react/macro";
import { Button, Group } from "@mantine/core";
import { CopyText } from "../ui/CopyText";
import classes from "./Staff.module.css";

interface Props {
  name: string;
  username: string;
  password: string;
  onClose: () => void;
}

/** Shows a temporary password, once. */
export function GivenPassword({ name, username, password, onClose }: Props) {
  return (
    <>
      <p>
        <Trans>
          Hand this to {name}. It is shown once, good for 72 hours, and has to be changed at the first sign-in.
        </Trans>
      </p>
      <dl className={classes.given}>
        <dt>
          <Trans>Username</Trans>
        </dt>
        <dd>
          <CopyText text={username} />
        </dd>
        <dt>
          <Trans>Password</Trans>
        </dt>
        <dd>
          <CopyText text={password} />
        </dd>
      </dl>
      <Group justify="flex-end" mt="lg">
        <Button onClick={onClose} data-autofocus>
          <Trans>Done</Trans>
        </Button>
      </Group>
    </>
  );
}
