import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // a text that lacks its translation fails the build
  plugins: [lingui({ macroTransform: true, failOnMissing: true, failOnCompileError: true }), react()],
  build: {
    // the policy of the gateway allows no data: but for pictures, and files with hashed names are kept for ever
    assetsInlineLimit: 0,
    target: "es2022",
    chunkSizeWarningLimit: 800,
    modulePreload: { polyfill: false },
    // what every page begins with comes in one file: sixty small ones take longer to ask for than to read
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "start", tags: ["$initial"] }] } } },
  },
  server: {
    proxy: { "/v1": { target: process.env["PATRON_GATEWAY"] ?? "http://localhost:8080", xfwd: false } },
  },
});
