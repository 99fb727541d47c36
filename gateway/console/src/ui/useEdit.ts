import { useState } from "react";
import { asProblem, type Problem } from "../api/problem";
import { changedFields, type Field, type FieldValue, toInputs, type Values } from "./fields";
import { violationsOf } from "./violations";

/** What somebody else and this person changed alike. */
export interface Conflict {
  /** The names of the fields. */
  fields: string[];
  /** The record as it is now. */
  current: object;
}

interface Options<T extends object> {
  fields: readonly Field[];
  record: T;
  /** Sends what changed, where none of it changed since the etag. */
  save: (changed: Record<string, unknown>, etag: string) => Promise<unknown>;
  /** Reads the record as it is now. */
  reread: () => Promise<T>;
  onSaved: () => void;
  /** What violations put before the names of fields: `customer`. */
  noun: string;
}

/**
 * Edits a record in place: sends only what changed, puts what is refused at its field, and where somebody changed the same
 * field meanwhile has the person choose, field by field. Other people's changes of other fields are left alone.
 */
export function useEdit<T extends { etag?: string }>({ fields, record, save, reread, onSaved, noun }: Options<T>) {
  const [base, setBase] = useState(record);
  const [values, setValues] = useState<Values>(() => toInputs(fields, record));
  const [errors, setErrors] = useState<Record<string, string | undefined>>({});
  const [problem, setProblem] = useState<Problem>();
  const [conflict, setConflict] = useState<Conflict>();
  const [busy, setBusy] = useState(false);
  const changed = changedFields(fields, toInputs(fields, base), values);

  // what somebody else changed meanwhile shows where this person has written nothing
  const [shown, setShown] = useState(record.etag);
  if (record.etag !== shown) {
    setShown(record.etag);
    const [before, now] = [toInputs(fields, base), toInputs(fields, record)];
    const untouched = Object.keys(before).filter((name) => !(name in changed));
    const theirs = (from: Values) => Object.fromEntries(untouched.map((name) => [name, from[name] ?? ""]));
    setValues((mine) => ({ ...mine, ...theirs(now) }));
    setBase((old) => ({ ...old, ...pick(record, untouched) }));
  }

  function begin(from: T) {
    setBase(from);
    setValues(toInputs(fields, from));
    setErrors({});
    setProblem(undefined);
    setConflict(undefined);
  }

  function change(name: string, value: FieldValue) {
    setValues((before) => ({ ...before, [name]: value }));
    setErrors((before) => ({ ...before, [name]: undefined }));
  }

  async function refused(error: unknown) {
    const found = asProblem(error);
    if (found.reason === "CHANGED_SINCE_ETAG") {
      const current = await reread();
      setConflict({ fields: [...new Set(found.changedFields.map((path) => nameIn(path, noun, fields)))], current });
      return;
    }
    const wrong = violationsOf(found).map(({ path, text }) => [nameIn(path, noun, fields), text] as const);
    // the first that is said of each field is what matters
    setErrors(Object.fromEntries(wrong.toReversed()));
    setProblem(wrong.length > 0 ? undefined : found);
  }

  async function send(what: Record<string, unknown>, etag: string) {
    setBusy(true);
    setProblem(undefined);
    try {
      if (Object.keys(what).length > 0) await save(what, etag);
      onSaved();
    } catch (error) {
      await refused(error).catch((again: unknown) => setProblem(asProblem(again)));
    } finally {
      setBusy(false);
    }
  }

  return {
    values,
    errors,
    problem,
    conflict,
    busy,
    dirty: Object.keys(changed).length > 0,
    begin,
    change,
    submit: () => send(changed, base.etag ?? ""),
    /** Saves again, without the fields whose value the other person's is to stay. */
    resolve(theirs: readonly string[]) {
      if (!conflict) return;
      const current = conflict.current as T;
      const mine = Object.fromEntries(Object.entries(changed).filter(([name]) => !theirs.includes(name)));
      const shown = toInputs(fields, current);
      setBase(current);
      setValues({ ...shown, ...Object.fromEntries(Object.keys(mine).map((name) => [name, values[name] ?? ""])) });
      setConflict(undefined);
      void send(mine, current.etag ?? "");
    },
    leaveConflict: () => setConflict(undefined),
  };
}

function pick<T extends object>(from: T, names: readonly string[]): Partial<T> {
  const given = from as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, given[name]])) as Partial<T>;
}

/** The field in a path such as `customer.workPhone.number`, where the noun may be missing. */
function nameIn(path: string, noun: string, fields: readonly Field[]): string {
  const rest = path.startsWith(`${noun}.`) ? path.slice(noun.length + 1) : path;
  return fields.some(({ name }) => name === rest) ? rest : (rest.split(/[.[]/)[0] ?? "");
}
