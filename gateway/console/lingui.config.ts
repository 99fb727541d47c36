import { defineConfig } from "@lingui/cli";

export default defineConfig({
  sourceLocale: "en",
  locales: ["en", "de", "fr", "es", "ar"],
  catalogs: [{ path: "src/locales/{locale}", include: ["src"] }],
  orderBy: "message",
});
