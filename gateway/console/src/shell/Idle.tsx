import { Plural, Trans } from "@lingui/react/macro";
import { Button, Group, Modal } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useEscape } from "./escape";
import { useSessionActions } from "./session";

/**
 * After how long without a key or a click the session is ended here. Identity ends one that was not used for 30 minutes, and hears of a
 * use only when the gateway's token of up to 5 minutes is renewed: before 25 it never does.
 */
const QUIET_MS = 25 * 60_000;

/** How long before that the person is warned. */
const WARNING_MS = 60_000;

/** How often the session is used while somebody works without asking anything, such as when typing for long. */
const TOUCH_MS = 4.75 * 60_000;

/** When somebody last did something, in any window of this browser. A time says nothing of anybody. */
const KEPT = "patron.active";

function lastActive(): number {
  return Number(localStorage.getItem(KEPT)) || 0;
}

/** Ends the session of somebody who has gone away, after a warning. For as long as somebody is signed in. */
export function Idle() {
  const { touch, lock } = useSessionActions();
  const [left, setLeft] = useState<number>();
  const actions = useRef({ touch, lock });
  actions.current = { touch, lock };
  const warned = useRef(false);
  warned.current = left !== undefined;

  useEffect(() => {
    let touched = Date.now();
    let timer = 0;
    const act = () => {
      const now = Date.now();
      // who is warned says so by the button
      if (warned.current || now - lastActive() < 1000) return;
      localStorage.setItem(KEPT, String(now));
      if (now - touched < TOUCH_MS) return;
      touched = now;
      void actions.current.touch().catch(() => undefined);
    };
    const look = () => {
      clearTimeout(timer);
      const rest = lastActive() + QUIET_MS - Date.now();
      if (rest <= 0) return void actions.current.lock();
      const soon = rest <= WARNING_MS;
      setLeft(soon ? Math.ceil(rest / 1000) : undefined);
      timer = window.setTimeout(look, soon ? 1000 : rest - WARNING_MS);
    };
    localStorage.setItem(KEPT, String(touched));
    look();
    const events = ["pointerdown", "keydown", "wheel"] as const;
    for (const event of events) window.addEventListener(event, act, { capture: true, passive: true });
    // somebody is active in another window, or this computer slept
    window.addEventListener("storage", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      for (const event of events) window.removeEventListener(event, act, { capture: true });
      window.removeEventListener("storage", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);

  useEscape(left !== undefined, stay);

  function stay() {
    localStorage.setItem(KEPT, String(Date.now()));
    setLeft(undefined);
    void touch().catch(() => undefined);
  }

  return (
    <Modal
      opened={left !== undefined}
      onClose={stay}
      closeOnEscape={false}
      title={<Trans>You will be signed out in 1 minute</Trans>}
      size="sm"
      zIndex={300}
      withCloseButton={false}
    >
      <p>
        <Trans>Nothing was done here for a while. What you typed stays on the screen.</Trans>
      </p>
      <p className="faint figures" aria-hidden>
        <Plural value={left ?? 0} one="# second left" other="# seconds left" />
      </p>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={() => void lock()}>
          <Trans>Sign out now</Trans>
        </Button>
        <Button onClick={stay} data-autofocus>
          <Trans>Stay signed in</Trans>
        </Button>
      </Group>
    </Modal>
  );
}
