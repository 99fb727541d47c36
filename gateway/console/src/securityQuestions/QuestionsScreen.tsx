import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconPlus, IconShieldQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { asProblem } from "../api/problem";
import { openDialog } from "../shell/dialogs";
import { useKeys } from "../shell/keyboard";
import { DataTable, type TableColumn } from "../ui/DataTable";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { formatCount, formatDay } from "../ui/format";
import { RowActions } from "../ui/RowActions";
import screen from "../ui/Screen.module.css";
import { DeleteQuestionDialog } from "./DeleteQuestionDialog";
import { QuestionDialog } from "./QuestionDialog";
import { questionsQuery, type SecurityQuestion } from "./queries";

/** The questions that customers can choose to be asked on the phone. */
export function QuestionsScreen() {
  const { t } = useLingui();
  const questions = useQuery(questionsQuery);
  const columns = useColumns();
  const rows = questions.data ?? NONE;
  useKeys({ n: add });
  return (
    <div className={screen.screen}>
      <header className={screen.head}>
        <h1>
          <Trans>Security questions</Trans>
        </h1>
        {questions.data && <span className="faint figures">{formatCount(rows.length)}</span>}
        <span className={screen.buttons}>
          <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={add}>
            <Trans>New question</Trans>
          </Button>
        </span>
      </header>
      <div className={`faint ${screen.tools}`}>
        <Trans>
          Customers choose one of these, and staff recognise a caller by the answer. Those who have chosen one are asked
          it as it was worded then.
        </Trans>
      </div>
      {questions.isError && !questions.data ? (
        <Failure problem={asProblem(questions.error)} onRetry={() => void questions.refetch()} />
      ) : (
        <DataTable
          label={t`Security questions`}
          columns={columns}
          visible={{}}
          rows={rows}
          rowId={rowId}
          order=""
          onOrder={nothing}
          pending={questions.isPending}
          behind={false}
          more={false}
          onMore={nothing}
          total={rows.length}
        >
          <Empty icon={<IconShieldQuestion size={28} stroke={1.5} />} title={<Trans>No questions yet</Trans>}>
            <p className="faint">
              <Trans>Without a question to choose, staff must recognise callers in another way.</Trans>
            </p>
          </Empty>
        </DataTable>
      )}
    </div>
  );
}

const NONE: SecurityQuestion[] = [];

function add() {
  openDialog((close) => <QuestionDialog onClose={close} />);
}

function rowId({ name = "" }: SecurityQuestion): string {
  return name;
}

function nothing() {}

function useColumns(): TableColumn<SecurityQuestion>[] {
  const { t } = useLingui();
  return useMemo(
    () => [
      {
        id: "text",
        header: t`Question`,
        cell: ({ row }) => <bdi>{row.original.text}</bdi>,
        meta: { width: 420 },
      },
      {
        id: "changed",
        header: t`Changed`,
        cell: ({ row }) => <time dateTime={row.original.updateTime}>{formatDay(row.original.updateTime)}</time>,
        meta: { width: 120 },
      },
      {
        id: "actions",
        header: "",
        cell: ({ row }) => <Actions question={row.original} />,
        meta: { width: 88, end: true, label: t`Actions` },
      },
    ],
    [t],
  );
}

function Actions({ question }: { question: SecurityQuestion }) {
  return (
    <RowActions
      name={question.text ?? ""}
      onEdit={() => openDialog((close) => <QuestionDialog question={question} onClose={close} />)}
      onDelete={() => openDialog((close) => <DeleteQuestionDialog question={question} onClose={close} />)}
    />
  );
}
