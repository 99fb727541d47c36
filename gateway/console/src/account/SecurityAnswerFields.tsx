import { useLingui } from "@lingui/react/macro";
import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { questionsQuery } from "../securityQuestions/queries";

interface Props {
  /** `securityQuestions/{id}`, or empty. */
  question: string;
  answer: string;
  onQuestion: (question: string) => void;
  onAnswer: (answer: string) => void;
  errors: { question?: string | undefined; answer?: string | undefined };
}

/** What is asked on the phone to know the customer again, and the answer, which nobody sees again. */
export function SecurityAnswerFields({ question, answer, onQuestion, onAnswer, errors }: Props) {
  const { t } = useLingui();
  const questions = useQuery(questionsQuery);
  const choices = questions.data?.map(({ name = "", text = "" }) => ({ value: name, label: text })) ?? [];
  return (
    <>
      <Select
        id="account-securityQuestion"
        label={t`Security question`}
        description={t`Asked on the phone, to recognise the customer.`}
        placeholder={t`None`}
        data={choices}
        value={question || null}
        onChange={(value) => onQuestion(value ?? "")}
        error={errors.question}
        clearable
        clearButtonProps={{ "aria-label": t`Ask nothing` }}
        comboboxProps={{ withinPortal: true }}
      />
      <TextInput
        id="account-securityAnswer"
        label={t`Answer`}
        description={t`Upper and lower case, accents and spaces do not count. It is never shown again.`}
        autoComplete="off"
        maxLength={100}
        value={answer}
        onChange={(event) => onAnswer(event.currentTarget.value)}
        error={errors.answer}
      />
    </>
  );
}
