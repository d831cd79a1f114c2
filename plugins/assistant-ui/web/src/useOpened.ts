// Which threads are open and which one is shown; its id stands in the address, after `#`.
import { useCallback, useEffect, useState } from "react";

import type { Opened } from "./Chat.tsx";
import { server } from "./server.ts";
import { EMPTY } from "./state.ts";

const idInAddress = (): string => decodeURIComponent(location.hash.slice(1));

/** A new id; not `randomUUID`, which browsers keep from pages without TLS. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const blank = (): Opened => ({ id: newId(), state: EMPTY, running: false });

interface State {
  current: string;
  opened: Opened[];
  failed: string | null;
}

const first = (): State => {
  const id = idInAddress();
  if (id) return { current: id, opened: [], failed: null };
  const thread = blank();
  return { current: thread.id, opened: [thread], failed: null };
};

async function fetchThread(id: string): Promise<Opened> {
  const stored = await server.thread(id);
  return { id, state: stored?.state ?? EMPTY, running: stored?.running ?? false };
}

export function useOpened() {
  const [{ current, opened, failed }, setState] = useState(first);

  const show = useCallback((thread: Opened) => {
    setState((state) => ({
      current: thread.id,
      opened: [...state.opened.filter(({ id }) => id !== thread.id), thread],
      failed: null,
    }));
  }, []);
  const open = useCallback((id: string) => {
    setState((state) => ({ ...state, current: id, failed: null }));
  }, []);
  const startNew = useCallback(() => {
    show(blank());
  }, [show]);
  const close = useCallback((id: string) => {
    setState((state) => {
      const rest = state.opened.filter((thread) => thread.id !== id);
      if (state.current !== id) return { ...state, opened: rest };
      const thread = blank();
      return { current: thread.id, opened: [...rest, thread], failed: null };
    });
  }, []);

  const missing = !opened.some(({ id }) => id === current);
  useEffect(() => {
    if (!missing) return undefined;
    let gone = false;
    fetchThread(current).then(
      (thread) => {
        if (!gone) show(thread);
      },
      (error: unknown) => {
        if (!gone) setState((state) => ({ ...state, failed: String(error) }));
      },
    );
    return () => {
      gone = true;
    };
  }, [current, missing, show]);

  useEffect(() => {
    if (idInAddress() !== current) history.pushState(null, "", `#${encodeURIComponent(current)}`);
    const follow = () => {
      open(idInAddress());
    };
    window.addEventListener("popstate", follow);
    return () => {
      window.removeEventListener("popstate", follow);
    };
  }, [current, open]);

  return { current, opened, failed, open, startNew, close };
}
