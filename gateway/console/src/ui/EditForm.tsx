import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { ConflictDialog } from "./ConflictDialog";
import { EditBar } from "./EditBar";
import classes from "./EditForm.module.css";
import { FieldEdit } from "./FieldForm";
import type { Field } from "./fields";
import { focusFirstWrong } from "./focus";
import { LeaveDialog } from "./LeaveDialog";
import type { useEdit } from "./useEdit";

interface Props {
  fields: readonly Field[];
  edit: Omit<ReturnType<typeof useEdit>, "begin">;
  onEnd: () => void;
  label?: string;
  className?: string | undefined;
  /** What the button says that saves; "Save" unless something is made. */
  save?: ReactNode;
  /** The inputs, where they are not drawn one after the other. */
  children?: ReactNode;
}

/** What is being edited: its inputs, Ctrl-Enter and Escape, what was refused, and what is asked before something is lost. */
export function EditForm({ fields, edit, onEnd, label, className, save, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    const first = form.current?.querySelector<HTMLElement>("input, select, textarea");
    // a dialog would give the focus to its button that closes it
    first?.setAttribute("data-autofocus", "");
    first?.focus();
  }, []);
  const { errors } = edit;
  useEffect(() => {
    if (Object.values(errors).some(Boolean)) focusFirstWrong(form.current);
  }, [errors]);

  const leave = () => (edit.dirty ? setAsked(true) : onEnd());
  function key(event: KeyboardEvent) {
    // what is open within, such as a list to choose from, takes Escape first
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector('[aria-expanded="true"]')) leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void edit.submit();
  }

  return (
    <form
      ref={form}
      className={`${classes.form} ${className ?? ""}`}
      {...(label && { "aria-label": label })}
      noValidate
      onKeyDown={key}
      onSubmit={(event) => {
        event.preventDefault();
        void edit.submit();
      }}
    >
      {children ?? <FieldEdit fields={fields} values={edit.values} errors={errors} onChange={edit.change} />}
      <EditBar busy={edit.busy} dirty={edit.dirty} problem={edit.problem} onCancel={leave} save={save} />
      <LeaveDialog dirty={edit.dirty && !edit.busy} asked={asked} onStay={() => setAsked(false)} onLeave={onEnd} />
      <ConflictDialog
        conflict={edit.conflict}
        fields={fields}
        values={edit.values}
        onResolve={edit.resolve}
        onClose={edit.leaveConflict}
      />
    </form>
  );
}
