import { useSyncExternalStore } from "react";

/** Kept as long as the window is, through reloads: ids alone. */
const KEPT = "patron.operations";

/** Most at once; the one followed longest makes room. */
const MOST = 6;

let followed: readonly string[] = read();
const listeners = new Set<() => void>();

function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function set(ids: readonly string[]) {
  followed = ids;
  sessionStorage.setItem(KEPT, JSON.stringify(ids));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** The ids of the operations that the person follows, in the order in which they were started. */
export function useFollowed(): readonly string[] {
  return useSyncExternalStore(subscribe, () => followed);
}

/** Shows an operation above every screen. */
export function follow(id: string): void {
  if (!followed.includes(id)) set([...followed, id].slice(-MOST));
}

/** Shows it no more; it goes on. */
export function unfollow(id: string): void {
  set(followed.filter((other) => other !== id));
}
