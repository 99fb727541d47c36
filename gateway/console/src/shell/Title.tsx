import type { MessageDescriptor } from "@lingui/core";
import { useLingui } from "@lingui/react/macro";
import { useDocumentTitle } from "@mantine/hooks";
import { useRouterState } from "@tanstack/react-router";

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** What the window is called. Never who it is about: the browser keeps it in its history. */
    title?: MessageDescriptor;
  }
}

/** Calls the window by the screen that it shows. */
export function Title() {
  const { i18n } = useLingui();
  const title = useRouterState({ select: ({ matches }) => matches.at(-1)?.staticData.title });
  useDocumentTitle(title ? `${i18n._(title)} · Patron` : "Patron");
  return null;
}
