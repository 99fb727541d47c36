import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { camelCase } from "../api/problem";
import { groupsQuery } from "../groups/queries";
import { useMay } from "../shell/session";
import { rolesQuery } from "../staff/queries";
import { roleWords } from "../staff/words";
import { formatDate } from "../ui/format";
import { useActorName } from "./actor";
import type { FieldChange } from "./queries";
import classes from "./Timeline.module.css";
import { fieldWords, valueWords } from "./words";

/** Most changes shown before somebody asks for all. */
const FEW = 6;

/** Old and new value of each field that changed. What was created shows what it was created with. */
export function Changes({ changes, created }: { changes: FieldChange[]; created: boolean }) {
  const { t } = useLingui();
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
      <summary>{t`${changes.length} fields`}</summary>
      {list}
    </details>
  );
}

function Change({ change, created }: { change: FieldChange; created: boolean }) {
  const { i18n } = useLingui();
  const inWords = useValueWords();
  const [name = "", ...parts] = (change.field ?? "").split(".");
  const label = fieldWords(camelCase(name));
  const before = inWords(change.old ?? change.oldValue);
  const after = inWords(change.new ?? change.newValue);
  return (
    <div>
      <dt>
        {[label ? i18n._(label) : name.replaceAll("_", " "), ...parts.filter((part) => part !== "number")].join(" · ")}
      </dt>
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
            <span aria-hidden className="faint">
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

/** Says a value of a field, as history keeps it, to a person. */
function useValueWords(): (value: unknown) => string {
  const { t, i18n } = useLingui();
  const may = useMay();
  const actor = useActorName();
  const groups = useQuery({ ...groupsQuery, enabled: may("GROUP_READ") });
  const roles = useQuery({ ...rolesQuery, enabled: may("STAFF_MANAGE") });
  return function inWords(value: unknown): string {
    if (value === null || value === undefined) return "";
    if (typeof value === "boolean") return value ? t`Yes` : t`No`;
    if (Array.isArray(value)) return value.map(inWords).filter(Boolean).join(", ");
    if (typeof value === "object") {
      const { year, month, day } = value as { year?: number; month?: number; day?: number };
      if (year && month && day) return formatDate({ year, month, day });
      return Object.values(value).map(inWords).filter(Boolean).join(", ");
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
    return text;
  };
}
