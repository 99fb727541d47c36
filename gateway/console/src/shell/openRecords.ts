import { useSyncExternalStore } from "react";

/** Kept are ids alone: who they are is asked for again. */
const KEPT = "patron.open";

/** Most records in the strip; the one opened longest ago makes room. */
const MOST = 12;

let open: readonly string[] = read();
const listeners = new Set<() => void>();

function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function set(ids: readonly string[]) {
  open = ids;
  localStorage.setItem(KEPT, JSON.stringify(ids));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  // another window opened or closed one
  const stored = (event: StorageEvent) => {
    if (event.key !== KEPT) return;
    open = read();
    listener();
  };
  window.addEventListener("storage", stored);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", stored);
  };
}

/** The ids of the customers whose records are open, in the order in which they were opened. */
export function useOpenRecords(): readonly string[] {
  return useSyncExternalStore(subscribe, () => open);
}

/** Adds a record to those that are open. */
export function openRecord(id: string): void {
  if (!open.includes(id)) set([...open, id].slice(-MOST));
}

/** Takes one away, and says which stands in its place: the next, else the one before. */
export function closeRecord(id: string): string | undefined {
  const at = open.indexOf(id);
  const rest = open.filter((other) => other !== id);
  if (at >= 0) set(rest);
  return rest[at] ?? rest[at - 1];
}

/** Takes all away: who signs out leaves nothing. */
export function closeAllRecords(): void {
  set([]);
}
