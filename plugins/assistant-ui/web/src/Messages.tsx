// A message of the user, one being edited, and one of the assistant.
import {
  ActionBarPrimitive,
  AuiIf,
  ComposerPrimitive,
  MessagePrimitive,
  useAuiState,
} from "@assistant-ui/react";

import { FilePart, ImagePart, SourcePart } from "./parts/Attached.tsx";
import { Markdown } from "./parts/Markdown.tsx";
import { Reasoning } from "./parts/Reasoning.tsx";
import { ToolCall } from "./parts/ToolCall.tsx";
import { useRegenerate } from "./useRegenerate.ts";

const PLAIN = {
  Text: ({ text }: { text: string }) => <p className="plain">{text}</p>,
  Image: ImagePart,
  File: FilePart,
};

const RICH = {
  Text: ({ text }: { text: string }) => <Markdown text={text} />,
  Reasoning,
  Image: ImagePart,
  File: FilePart,
  Source: SourcePart,
  tools: { Fallback: ToolCall },
};

export function UserMessage() {
  return (
    <MessagePrimitive.Root className="message user" role="article" aria-label="You">
      <div className="bubble">
        <MessagePrimitive.Parts components={PLAIN} />
      </div>
      <ActionBarPrimitive.Root className="actions" hideWhenRunning>
        <ActionBarPrimitive.Edit className="quiet">Edit</ActionBarPrimitive.Edit>
      </ActionBarPrimitive.Root>
    </MessagePrimitive.Root>
  );
}

export function EditMessage() {
  return (
    <MessagePrimitive.Root className="message user" role="article" aria-label="You">
      <ComposerPrimitive.Root className="edit">
        <ComposerPrimitive.Input className="input" aria-label="Edit the message" autoFocus />
        <div className="actions">
          <ComposerPrimitive.Cancel className="quiet">Leave as it was</ComposerPrimitive.Cancel>
          <ComposerPrimitive.Send className="primary">Send</ComposerPrimitive.Send>
        </div>
      </ComposerPrimitive.Root>
    </MessagePrimitive.Root>
  );
}

const CUT: Partial<Record<string, string>> = {
  cancelled: "Stopped.",
  length: "The answer reached the limit of its length.",
  "content-filter": "The provider withheld the rest.",
};

function Cut() {
  const text = useAuiState(({ message: { status } }) =>
    status?.type === "incomplete" ? CUT[status.reason] : undefined,
  );
  return text && <p className="cut">{text}</p>;
}

export function AssistantMessage() {
  const regenerate = useRegenerate();
  return (
    <MessagePrimitive.Root className="message assistant" role="article" aria-label="Assistant">
      <MessagePrimitive.Parts components={RICH} />
      <AuiIf condition={(s) => s.message.status?.type === "running"}>
        <p className="working" role="status">
          <span className="dots" aria-hidden="true" />
          <span className="hidden-text">The assistant is writing</span>
        </p>
      </AuiIf>
      <Cut />
      <ActionBarPrimitive.Root className="actions" hideWhenRunning>
        <ActionBarPrimitive.Copy className="quiet" aria-label="Copy the answer">
          Copy
        </ActionBarPrimitive.Copy>
        <AuiIf condition={(s) => s.message.isLast}>
          <button type="button" className="quiet" onClick={regenerate}>
            Regenerate
          </button>
        </AuiIf>
      </ActionBarPrimitive.Root>
    </MessagePrimitive.Root>
  );
}
