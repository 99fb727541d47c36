import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconPhone, IconShieldQuestion } from "@tabler/icons-react";
import { openDialog } from "../shell/dialogs";
import { useMay } from "../shell/session";
import { SecurityAnswerDialog } from "./SecurityAnswerDialog";
import { VerifyDialog } from "./VerifyDialog";

interface Props {
  id: string;
  /** Whose it is. */
  name: string;
  /** What is asked; empty where nothing was chosen. */
  question: string;
  /** Where the buttons stand. */
  className?: string | undefined;
}

/** What a customer is asked on the phone, and what can be done about it. */
export function SecurityQuestion({ id, name, question, className }: Props) {
  const may = useMay();
  return (
    <>
      <p style={{ margin: 0 }}>
        {question ? (
          <bdi>{question}</bdi>
        ) : (
          <span className="faint">
            <Trans>None is chosen, so a caller cannot be recognised by it.</Trans>
          </span>
        )}
      </p>
      <div className={className}>
        {question && may("CUSTOMER_SEND_RESET") && (
          <Button
            variant="default"
            leftSection={<IconPhone size={15} aria-hidden />}
            onClick={() =>
              openDialog((close) => <VerifyDialog id={id} name={name} question={question} onClose={close} />)
            }
          >
            <Trans>Check a caller’s answer</Trans>
          </Button>
        )}
        {may("CUSTOMER_UPDATE") && (
          <Button
            variant="default"
            leftSection={<IconShieldQuestion size={15} aria-hidden />}
            onClick={() => openDialog((close) => <SecurityAnswerDialog id={id} asked={question} onClose={close} />)}
          >
            {question ? <Trans>Change the question</Trans> : <Trans>Choose a question</Trans>}
          </Button>
        )}
      </div>
    </>
  );
}
