import { useLingui } from "@lingui/react/macro";
import { NativeSelect } from "@mantine/core";
import { LANGUAGES, type Language, speak } from "./language";

/** Chooses the language of the console. */
export function LanguageSelect() {
  const { t, i18n } = useLingui();
  return (
    <NativeSelect
      aria-label={t`Language`}
      value={i18n.locale}
      onChange={(event) => void speak(event.currentTarget.value as Language)}
      data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
    />
  );
}
