// The list of threads, read again after every run.
import { useCallback, useEffect, useState } from "react";

import { server } from "./server.ts";
import type { ThreadEntry } from "./server.ts";

export interface Threads {
  entries: ThreadEntry[];
  refresh: () => void;
  rename: (id: string, title: string) => void;
  remove: (id: string) => void;
}

export function useThreads(): Threads {
  const [entries, setEntries] = useState<ThreadEntry[]>([]);
  // A list that could not be read leaves the old one: the threads themselves tell what failed.
  const refresh = useCallback(() => {
    server.threads().then(setEntries, () => undefined);
  }, []);
  useEffect(refresh, [refresh]);
  const rename = (id: string, title: string) => {
    server.rename(id, title).then(refresh, refresh);
  };
  const remove = (id: string) => {
    server.remove(id).then(refresh, refresh);
  };
  return { entries, refresh, rename, remove };
}
