// Says what failed and takes the thread up again: by itself when the network is back, or by hand.
import {
  AuiIf,
  useAssistantTransportSendCommand,
  useAssistantTransportState,
  useAui,
} from "@assistant-ui/react";
import { useCallback, useEffect } from "react";

import type { Failure } from "./failure.ts";
import { server } from "./server.ts";
import type { StoredThread } from "./server.ts";
import type { ThreadState } from "./state.ts";
import { useRegenerate } from "./useRegenerate.ts";

interface Props {
  threadId: string;
  failure: Failure | null;
  setFailure: (failure: Failure | null) => void;
}

export function FailureNote({ threadId, failure, setFailure }: Props) {
  const stored = useAssistantTransportState((state) => (state as unknown as ThreadState).error);
  const again = useAgain(threadId, failure, setFailure);

  useEffect(() => {
    if (!failure?.connection) return undefined;
    window.addEventListener("online", again);
    return () => {
      window.removeEventListener("online", again);
    };
  }, [failure, again]);

  const text = failure?.text ?? stored;
  if (!text) return null;
  return (
    <AuiIf condition={(s) => !s.thread.isRunning}>
      <div className="failure" role="alert">
        <p>{text}</p>
        <button type="button" onClick={again}>
          Try again
        </button>
      </div>
    </AuiIf>
  );
}

function useAgain(threadId: string, failure: Failure | null, setFailure: Props["setFailure"]) {
  const aui = useAui();
  const send = useAssistantTransportSendCommand();
  const local = useAssistantTransportState((state) => (state as unknown as ThreadState).messages);
  const regenerate = useRegenerate();
  return useCallback(() => {
    const resend = () => {
      setFailure(null);
      failure?.commands.forEach(send);
    };
    const takeUp = (thread: StoredThread) => {
      setFailure(null);
      aui.thread.importExternalState(thread.state);
      if (thread.running) aui.thread.resumeRun({ parentId: null });
    };
    const afterCut = async () => {
      const thread = await server.thread(threadId);
      const arrived = thread !== null && thread.state.messages.length > local.length;
      if (failure?.commands.length && !arrived) resend();
      else if (thread) takeUp(thread);
    };
    if (failure?.connection) void afterCut().catch(() => undefined);
    else if (failure?.commands.length) resend();
    else {
      setFailure(null);
      regenerate();
    }
  }, [aui, send, local.length, regenerate, threadId, failure, setFailure]);
}
