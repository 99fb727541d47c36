import { i18n, type Messages } from "@lingui/core";

/** The languages of the console, each by its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français", es: "Español", ar: "العربية" } as const;

export type Language = keyof typeof LANGUAGES;

const KEPT = "patron.language";

const catalogues: Record<Language, () => Promise<{ messages: Messages }>> = {
  en: () => import("../locales/en.po"),
  de: () => import("../locales/de.po"),
  fr: () => import("../locales/fr.po"),
  es: () => import("../locales/es.po"),
  ar: () => import("../locales/ar.po"),
};

function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(LANGUAGES, text);
}

/** The language that was chosen here, else the first of the browser's that there is. */
export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEPT);
  if (isLanguage(kept)) return kept;
  const ours = navigator.languages.map((tag) => tag.split("-")[0] ?? "").find(isLanguage);
  return ours ?? "en";
}

/** Whether it is written from right to left. */
export function directionOf(language: string): "ltr" | "rtl" {
  return language === "ar" ? "rtl" : "ltr";
}

/** Loads a language, says it to the browser, and keeps it for the next visit. */
export async function speak(language: Language): Promise<void> {
  const { messages } = await catalogues[language]();
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  localStorage.setItem(KEPT, language);
}
