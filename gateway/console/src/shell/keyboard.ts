import { useEffect, useRef } from "react";

/** How long the second key of `g c` may take, in milliseconds. */
const PAUSE = 1000;

type Keys = Record<string, () => void>;

const listening: { current: Keys }[] = [];
let first = "";
let firstAt = 0;

/** Whether something else had the keyboard when the key went down: what Escape closes is gone before the key is heard below. */
let taken = false;
window.addEventListener(
  "keydown",
  () => {
    taken = document.querySelector('[aria-modal="true"], [role="menu"]') !== null;
  },
  { capture: true },
);

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"))
  );
}

function heard(event: KeyboardEvent) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
  // a dialog or a menu has the keyboard to itself
  if (taken) return;
  const sequence = event.timeStamp - firstAt < PAUSE ? `${first} ${event.key}` : event.key;
  for (const keys of listening.toReversed()) {
    const action = keys.current[sequence] ?? keys.current[event.key];
    if (!action) continue;
    event.preventDefault();
    first = "";
    action();
    return;
  }
  first = event.key;
  firstAt = event.timeStamp;
}

/**
 * Does something when keys are pressed outside of inputs and dialogs, while the component is there: `n`, `/`, or one after the
 * other `g c`. What was added last comes first.
 */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (listening.length === 0) window.addEventListener("keydown", heard);
    listening.push(latest);
    return () => {
      listening.splice(listening.indexOf(latest), 1);
      if (listening.length === 0) window.removeEventListener("keydown", heard);
    };
  }, []);
}
