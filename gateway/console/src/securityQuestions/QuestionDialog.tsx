import { Trans, useLingui } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import { useState } from "react";
import { requestId } from "../api/client";
import { idOf } from "../customers/queries";
import { EditForm } from "../ui/EditForm";
import { sayDone } from "../ui/notify";
import { useEdit } from "../ui/useEdit";
import { QUESTION_FIELDS } from "./fields";
import { readQuestion, type SecurityQuestion, useQuestionActions } from "./queries";

interface Props {
  /** The question to change; a new one where there is none. */
  question?: SecurityQuestion;
  onClose: () => void;
}

/** Adds a question to the list, or changes its words. */
export function QuestionDialog({ question, onClose }: Props) {
  const { t } = useLingui();
  const { create, update } = useQuestionActions();
  // one question, however often it is sent
  const [request] = useState(requestId);
  const id = idOf(question?.name);
  const edit = useEdit<SecurityQuestion>({
    fields: QUESTION_FIELDS,
    record: question ?? NOTHING,
    noun: "securityQuestion",
    save: async (fields, etag) => {
      const { traceId } = question
        ? await update.mutateAsync({ id, fields: fields as Partial<SecurityQuestion>, etag })
        : await create.mutateAsync({ body: fields as SecurityQuestion, id: request });
      sayDone(question ? <Trans>Saved.</Trans> : <Trans>The question is on the list.</Trans>, traceId);
    },
    reread: async () => (question ? readQuestion(id) : NOTHING),
    onSaved: onClose,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={question ? <Trans>Edit question</Trans> : <Trans>New question</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnEscape={false}
      closeOnClickOutside={false}
    >
      {question && (
        <p className="faint">
          <Trans>Those who have chosen it are still asked it as it was.</Trans>
        </p>
      )}
      <EditForm
        fields={QUESTION_FIELDS}
        edit={edit}
        onEnd={onClose}
        label={question ? t`Edit question` : t`New question`}
        save={question ? undefined : <Trans>Add question</Trans>}
      />
    </Modal>
  );
}

/** What is missing in it the service says, field by field. */
const NOTHING = {} as SecurityQuestion;
