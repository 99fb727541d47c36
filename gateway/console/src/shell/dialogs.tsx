import { type ReactNode, useSyncExternalStore } from "react";

type Dialog = (close: () => void) => ReactNode;

let open: Dialog | undefined;
const listeners = new Set<() => void>();

function set(dialog: Dialog | undefined) {
  open = dialog;
  for (const listener of listeners) listener();
}

/** Where the focus goes when the dialog closes. */
let opener: HTMLElement | null = null;

function close() {
  set(undefined);
  // once the dialog has let go of it
  setTimeout(() => opener?.focus());
}

/** Opens a dialog from where it cannot stay itself, such as a menu that closes. */
export function openDialog(dialog: Dialog): void {
  const from = document.activeElement;
  // an item of a menu goes with the menu; the button that opened it stays
  const button = from?.closest('[role="menu"]')?.getAttribute("aria-labelledby");
  opener = (button && document.getElementById(button)) || (from instanceof HTMLElement ? from : null);
  set(dialog);
}

/** Where such dialogs are drawn. */
export function Dialogs() {
  const dialog = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
  return dialog?.(close) ?? null;
}
