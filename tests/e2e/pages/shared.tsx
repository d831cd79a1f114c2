// What the three pages have in common: a bare chat, and the page's own tool.
import {
  AssistantRuntimeProvider,
  AuiConfig,
  ComposerPrimitive,
  ErrorPrimitive,
  MessagePrimitive,
  ThreadPrimitive,
  Tools,
  defineToolkit,
  useAuiState,
} from "@assistant-ui/react";
import type {
  AssistantRuntime,
  ToolCallMessagePartProps,
} from "@assistant-ui/react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(location.search);

/** The address of a route of the server under test, which may be another origin. */
export const route = (path: string): string =>
  (query.get("server") ?? "") + path;

declare global {
  interface Window {
    runtime: AssistantRuntime;
    toolRuns: number;
    errors: string[];
  }
}

window.toolRuns = 0;
window.errors = [];

const toolkit = defineToolkit({
  page_title: {
    description: "The title of the page.",
    parameters: { type: "object", properties: {} },
    execute: () => {
      window.toolRuns += 1;
      return Promise.resolve({ title: document.title });
    },
    render: ({ result }: { result?: unknown }) => (
      <p data-part="tool-call">page_title = {JSON.stringify(result)}</p>
    ),
  },
});

const tools = Tools({ toolkit });

const PARTS = {
  Text: ({ text }: { text: string }) => <p data-part="text">{text}</p>,
  Reasoning: ({ text }: { text: string }) => (
    <p data-part="reasoning">{text}</p>
  ),
  Source: ({ url }: { url?: string | undefined }) => (
    <p data-part="source">{url}</p>
  ),
  tools: {
    Fallback: ({
      toolName,
      argsText,
      result,
      approval,
      respondToApproval,
    }: ToolCall) => (
      <p data-part="tool-call">
        {`${toolName} ${argsText} = ${JSON.stringify(result)}`}
        {approval && approval.approved === undefined && (
          <>
            <button onClick={() => void respondToApproval({ approved: true })}>
              Approve
            </button>
            <button onClick={() => void respondToApproval({ approved: false })}>
              Refuse
            </button>
          </>
        )}
      </p>
    ),
  },
};

type ToolCall = ToolCallMessagePartProps;

function Message() {
  const role = useAuiState((s) => s.message.role);
  const status = useAuiState((s) => s.message.status?.type);
  return (
    <article data-role={role} data-status={status}>
      <MessagePrimitive.Parts components={PARTS} />
      <MessagePrimitive.Error>
        <ErrorPrimitive.Root role="alert">
          <ErrorPrimitive.Message />
        </ErrorPrimitive.Root>
      </MessagePrimitive.Error>
    </article>
  );
}

export function Chat({ runtime }: { runtime: AssistantRuntime }) {
  window.runtime = runtime;
  return (
    <AssistantRuntimeProvider runtime={runtime} config={AuiConfig({ tools })}>
      <Thread />
    </AssistantRuntimeProvider>
  );
}

function Thread() {
  const running = useAuiState((s) => s.thread.isRunning);
  return (
    <ThreadPrimitive.Root data-running={running}>
      <ThreadPrimitive.Messages>{() => <Message />}</ThreadPrimitive.Messages>
      <ComposerPrimitive.Root>
        <ComposerPrimitive.Input aria-label="Message" />
        <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
        <ComposerPrimitive.Cancel>Stop</ComposerPrimitive.Cancel>
      </ComposerPrimitive.Root>
    </ThreadPrimitive.Root>
  );
}

export function draw(Page: () => React.ReactNode): void {
  const element = document.getElementById("page");
  if (element) createRoot(element).render(<Page />);
}
