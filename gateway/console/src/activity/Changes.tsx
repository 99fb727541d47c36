import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { camelCase } from "../api/problem";
import { groupsQuery } from "../groups/queries";
import { useMay } from "../shell/session";
import { rolesQuery } from "../staff/queries";
import { roleWords } from "../staff/words";
import { countryName, formatDate, languageName } from "../ui/format";
import { useActorName } from "./actor";
import type { FieldChange } from "./queries";
import classes from "./Timeline.module.css";
import { fieldWords, partWords, valueWords } from "./words";

/** Most changes shown before somebody asks for all. */
const FEW = 6;

/** Old and new value of each field that changed. What was created shows what it was created with. */
export function Changes({ changes, created }: { changes: FieldChange[]; created: boolean }) {
  if (changes.length === 0) return null;
  const list = (
    <dl className={classes.changes}>
      {changes.map((change) => (
        <Change key={change.field} change={change} created={created} />
      ))}
    </dl>
  );
  if (changes.length <= FEW) return list;
  return (
    <details className={classes.more}>
      <summary>
        <Plural value={changes.length} one="# field" other="# fields" />
      </summary>
      {list}
    </details>
  );
}

function Change({ change, created }: { change: FieldChange; created: boolean }) {
  const { i18n } = useLingui();
  const inWords = useValueWords();
  const [, name = "", part = ""] = /^(\w+)\.?(.*)$/.exec(change.field ?? "") ?? [];
  const label = fieldWords(camelCase(name));
  // a key of metadata is a word of people's own
  const isKey = name === "metadata";
  const ofPart = isKey ? undefined : partWords(part);
  const field = isKey ? name : camelCase(part || name);
  const before = inWords(change.old ?? change.oldValue, field);
  const after = inWords(change.new ?? change.newValue, field);
  const words = [label ? i18n._(label) : name.replaceAll("_", " ")];
  // the number of a phone is the phone itself
  if (part && (isKey || part !== "number")) words.push(ofPart ? i18n._(ofPart) : part.replaceAll("`", ""));
  return (
    <div>
      <dt>{words.join(" · ")}</dt>
      <dd>
        {!created && (
          <>
            {before ? (
              <del>
                <bdi>{before}</bdi>
              </del>
            ) : (
              <span className="faint">
                <Trans>nothing</Trans>
              </span>
            )}
            <span aria-hidden className={`faint ${classes.to}`}>
              {" → "}
            </span>
          </>
        )}
        {after ? (
          <ins>
            <bdi>{after}</bdi>
          </ins>
        ) : (
          <span className="faint">
            <Trans>nothing</Trans>
          </span>
        )}
      </dd>
    </div>
  );
}

/** Says a value of a field, as history keeps it, to a person. The field is named as in JSON. */
function useValueWords(): (value: unknown, field: string) => string {
  const { t, i18n } = useLingui();
  const may = useMay();
  const actor = useActorName();
  const groups = useQuery({ ...groupsQuery, enabled: may("GROUP_READ") });
  const roles = useQuery({ ...rolesQuery, enabled: may("STAFF_MANAGE") });
  return function inWords(value: unknown, field: string): string {
    if (value === null || value === undefined) return "";
    if (typeof value === "boolean") return value ? t`Yes` : t`No`;
    const list = (values: unknown[]) =>
      values
        .map((it) => inWords(it, field))
        .filter(Boolean)
        .join(", ");
    if (Array.isArray(value)) return list(value);
    if (typeof value === "object") {
      const { year, month, day, number, extension } = value as Record<string, number>;
      if (year && month && day) return formatDate({ year, month, day });
      // a phone: the number says its country
      if (number) return extension ? t`${number} ext. ${extension}` : String(number);
      return list(Object.values(value));
    }
    const text = String(value);
    const words = valueWords(text);
    if (words) return i18n._(words);
    if (text.endsWith("_UNSPECIFIED")) return "";
    if (text.startsWith("groups/"))
      return groups.data?.find((it) => it.name === text)?.displayName ?? t`a group that is no longer there`;
    if (text.startsWith("roles/")) {
      const displayName = roles.data?.find((it) => it.name === text)?.displayName ?? t`a role that is no longer there`;
      return i18n._(roleWords({ name: text, displayName }));
    }
    if (/^(staff|services)\//.test(text)) return actor(text);
    if (/^(countryCode|regionCode)$/.test(field) && text) return countryName(text);
    if (field === "preferredLanguage" && text) return languageName(text);
    if (field === "timeZone") return text.replaceAll("_", " ");
    return text;
  };
}
