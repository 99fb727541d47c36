import { Trans, useLingui } from "@lingui/react/macro";
import type { Schemas } from "../api/client";
import { useStaffChoices } from "../staff/queries";
import { CopyText } from "./CopyText";
import type { Field } from "./fields";
import { countryName, formatDate, languageName } from "./format";

/** What a field holds, in view mode. */
export function FieldView({ field, value }: { field: Field; value: unknown }) {
  const { i18n } = useLingui();
  switch (field.input) {
    case "phone":
      return <PhoneView phone={value as Schemas["type.v1.PhoneNumber"] | undefined} />;
    case "switch":
      return value === true ? <Trans>Yes</Trans> : <Trans>No</Trans>;
    case "date":
      return <Text text={formatDate((value ?? {}) as Schemas["google.type.Date"])} />;
    case "email":
      return value ? (
        <a href={`mailto:${encodeURIComponent(String(value))}`}>
          <bdi>{String(value)}</bdi>
        </a>
      ) : (
        <Nothing />
      );
    case "choice": {
      const choice = field.choices?.find((it, index) => (index > 0 || field.required) && it.value === value);
      return <Text text={choice ? i18n._(choice.label) : ""} />;
    }
    case "choices": {
      const chosen = field.choices?.filter((it) => Array.isArray(value) && value.includes(it.value)) ?? [];
      return <Text text={chosen.map((it) => i18n._(it.label)).join(", ")} />;
    }
    case "country":
      return <Text text={value ? countryName(String(value)) : ""} />;
    case "language":
      return <Text text={value ? languageName(String(value)) : ""} />;
    case "timeZone":
      return <Text text={String(value ?? "").replaceAll("_", " ")} />;
    case "staff":
      return <StaffView names={(value ?? []) as string[]} />;
    default:
      return <Text text={typeof value === "string" ? value : ""} />;
  }
}

function PhoneView({ phone }: { phone: Schemas["type.v1.PhoneNumber"] | undefined }) {
  if (!phone?.number) return <Nothing />;
  return (
    <>
      <CopyText text={phone.formatted || phone.number} />
      {phone.unassigned && (
        <div className="faint">
          <Trans>This number is not assigned to anybody.</Trans>
        </div>
      )}
    </>
  );
}

function StaffView({ names }: { names: string[] }) {
  const { t } = useLingui();
  const known = useStaffChoices();
  const shown = names.map((name) => known.find((it) => it.value === name)?.label ?? t`Somebody else`);
  return <Text text={shown.join(", ")} />;
}

function Text({ text }: { text: string }) {
  return text ? <bdi>{text}</bdi> : <Nothing />;
}

function Nothing() {
  return (
    <span className="faint">
      <span aria-hidden>–</span>
      <span className="unseen">
        <Trans>Nothing</Trans>
      </span>
    </span>
  );
}
