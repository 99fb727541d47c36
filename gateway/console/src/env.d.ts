/// <reference types="vite/client" />

// catalogues, compiled as they are imported
declare module "*.po" {
  import type { Messages } from "@lingui/core";
  export const messages: Messages;
}
