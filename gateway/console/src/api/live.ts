// Follows what happens, as it happens: one stream for the whole console.

import type { Schemas } from "./client";

type ActivityEvent = Schemas["activity.v1.ActivityEvent"];

/** First and longest wait before a stream that broke off is asked for again, in milliseconds. */
const WAIT = { first: 1000, most: 30_000 };

/**
 * Calls `onEvent` with each thing that happens, of what the person may see, until the function it gives is called. A stream that
 * breaks off begins again after the last event that was seen, so that nothing is missed.
 */
export function watch(onEvent: (event: ActivityEvent) => void): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = "";
  let wait = WAIT.first;

  function open() {
    source = new EventSource(`/v1/events:watch${last && `?after=${encodeURIComponent(last)}`}`);
    source.onopen = () => {
      wait = WAIT.first;
    };
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data) as ActivityEvent;
      last = event.name ?? last;
      onEvent(event);
    };
    // whatever it was, the browser's own second try would not know where to go on
    source.onerror = again;
    source.addEventListener("problem", again);
  }

  function again() {
    source?.close();
    clearTimeout(timer);
    // not all at once, when a gateway that many watched stops
    timer = setTimeout(open, wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, WAIT.most);
  }

  open();
  return () => {
    source?.close();
    clearTimeout(timer);
  };
}
