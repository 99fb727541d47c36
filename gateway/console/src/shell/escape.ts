import { useEffect, useRef } from "react";

/**
 * Takes Escape for a dialog that stands over others, which would close with it. Whoever uses this is there before those others, and
 * so hears of the key first. The dialog itself must not listen (`closeOnEscape`): it would be gone before the key is taken.
 */
export function useEscape(open: boolean, onEscape: () => void): void {
  const current = useRef({ open, onEscape });
  current.current = { open, onEscape };
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !current.current.open) return;
      event.stopImmediatePropagation();
      current.current.onEscape();
    };
    window.addEventListener("keydown", key, { capture: true });
    return () => window.removeEventListener("keydown", key, { capture: true });
  }, []);
}
