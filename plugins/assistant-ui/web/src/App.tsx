// The page: who may use it, which agent answers, which thread is shown.
import { useCallback, useEffect, useState } from "react";

import { server, ServerError } from "./server.ts";
import type { Agents } from "./server.ts";
import { TokenForm } from "./TokenForm.tsx";
import { Workspace } from "./Workspace.tsx";

type Loaded =
  | { kind: "loading" }
  | { kind: "ready"; agents: Agents }
  | { kind: "locked"; refused: boolean }
  | { kind: "failed"; text: string };

export function App() {
  const [loaded, setLoaded] = useState<Loaded>({ kind: "loading" });
  const load = useCallback(async (refused: boolean) => {
    setLoaded(await loadAgents(refused));
  }, []);
  useEffect(() => {
    void loadAgents(false).then(setLoaded);
  }, []);

  if (loaded.kind === "loading") return <p className="notice">Loading</p>;
  if (loaded.kind === "locked")
    return <TokenForm refused={loaded.refused} onToken={() => void load(true)} />;
  if (loaded.kind === "failed")
    return (
      <main className="notice" role="alert">
        <p>{loaded.text}</p>
        <button type="button" onClick={() => void load(false)}>
          Try again
        </button>
      </main>
    );
  return <Workspace agents={loaded.agents} />;
}

async function loadAgents(refused: boolean): Promise<Loaded> {
  try {
    return { kind: "ready", agents: await server.agents() };
  } catch (error) {
    if (error instanceof ServerError && error.status === 401) return { kind: "locked", refused };
    const text = error instanceof ServerError ? error.message : "The server does not answer.";
    return { kind: "failed", text };
  }
}
