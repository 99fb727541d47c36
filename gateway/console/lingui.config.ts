import { defineConfig } from "@lingui/cli";
import { formatter } from "@lingui/format-po";

export default defineConfig({
  sourceLocale: "en",
  locales: ["en", "de", "fr", "es", "ar"],
  catalogs: [{ path: "src/locales/{locale}", include: ["src"] }],
  orderBy: "message",
  // lines move with every change above them
  format: formatter({ lineNumbers: false }),
});
