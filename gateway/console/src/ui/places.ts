import { compare, languageName } from "./format";

/** Languages to write to customers in, beside which any other that is stored stays. */
const TAGS =
  "ar bg bn cs da de de-AT de-CH el en en-AU en-CA en-GB en-IE en-IN en-US es es-AR es-MX et fa fi fr fr-BE fr-CA fr-CH he hi hr hu id is it ja ko lt lv ms nb nl nl-BE pl pt pt-BR pt-PT ro ru sk sl sr sv th tr uk ur vi zh-CN zh-HK zh-TW".split(
    " ",
  );

/** Languages, by their names in the language of the console. */
export function languages(): { value: string; label: string }[] {
  return TAGS.map((value) => ({ value, label: languageName(value) })).sort((a, b) => compare(a.label, b.label));
}

/** Time zones by their IANA names, as the browser knows them. */
export function timeZones(): { value: string; label: string }[] {
  return Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value.replaceAll("_", " ") }));
}
