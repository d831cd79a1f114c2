// One thread with its connection: runs, what failed, and how the page takes up again.
import {
  AssistantRuntimeProvider,
  AuiIf,
  InMemoryThreadListAdapter,
  SimpleImageAttachmentAdapter,
  useAssistantTransportRuntime,
  useRemoteThreadListRuntime,
} from "@assistant-ui/react";
import type { AssistantTransportConnectionMetadata } from "@assistant-ui/react";
import { useCallback, useEffect, useRef, useState } from "react";

import { describe, isOver } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { address, headers, server } from "./server.ts";
import { convert } from "./state.ts";
import type { ThreadState } from "./state.ts";
import { Thread } from "./Thread.tsx";
import { withUnsent } from "./unsent.ts";

export interface Opened {
  id: string;
  state: ThreadState;
  /** Whether an answer is being written right now. */
  running: boolean;
}

interface Props {
  opened: Opened;
  agent: string;
  onFinish: () => void;
}

const attachments = new SimpleImageAttachmentAdapter();

export function Chat({ opened, agent, onFinish }: Props) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const chosen = useLatest(agent);
  const unsent = failure?.commands;
  const converter = useCallback(
    (state: ThreadState, connection: AssistantTransportConnectionMetadata) =>
      convert(state, {
        ...connection,
        pendingCommands: [...(unsent ?? []), ...connection.pendingCommands],
      }),
    [unsent],
  );
  // The library makes a new list of threads each time this renders, and with it an empty thread;
  // inside a list that stays, it does not.
  const [adapter] = useState(() => new InMemoryThreadListAdapter());
  const runtime = useRemoteThreadListRuntime({
    adapter,
    runtimeHook: function useTransport() {
      return useAssistantTransportRuntime<ThreadState>({
        api: address("assistant"),
        resumeApi: address("resume"),
        protocol: "assistant-transport",
        initialState: opened.state,
        converter,
        headers: () => Promise.resolve(headers()),
        body: () =>
          Promise.resolve({
            threadId: opened.id,
            config: { agent: chosen.current, resumable: true },
          }),
        prepareSendCommandsRequest: (body) =>
          body.commands.length > 0 ? withUnsent(body, unsent ?? []) : { ...body },
        capabilities: { edit: true },
        adapters: { attachments },
        onResponse: () => {
          setFailure(null);
        },
        onError: async (error, { commands, updateState }) => {
          if (!isOver(error)) {
            setFailure(describe(error, commands));
            return;
          }
          const thread = await server.thread(opened.id);
          if (thread) updateState(() => thread.state);
        },
        onCancel: ({ error }) => {
          if (!error) void server.cancel(opened.id).catch(() => undefined);
        },
        onFinish,
      });
    },
  });

  useEffect(() => {
    if (opened.running) runtime.thread.resumeRun({ parentId: null });
    // Once, when the thread opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  return (
    <AssistantRuntimeProvider runtime={runtime}>
      {/* For one render the library has no thread yet. */}
      <AuiIf condition={(s) => s.thread.extras !== undefined}>
        <Thread threadId={opened.id} failure={failure} setFailure={setFailure} />
      </AuiIf>
    </AssistantRuntimeProvider>
  );
}

function useLatest<T>(value: T) {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
