// The state of a thread as the server keeps it, and how it becomes messages on the page.
import {
  unstable_convertExternalMessages as convertMessages,
  unstable_createExternalMessageConversionCache as createCache,
} from "@assistant-ui/react";
import type {
  AssistantTransportCommand,
  AssistantTransportConnectionMetadata,
  MessageStatus,
  ThreadMessage,
  ThreadMessageLike,
} from "@assistant-ui/react";

export interface Approval {
  id: string;
  state: string;
  reason?: string;
}

export interface Part {
  type: string;
  approval?: Approval;
  [key: string]: unknown;
}

export interface Message {
  id: string;
  role: "user" | "assistant";
  parts: Part[];
  status?: MessageStatus;
}

export interface ThreadState {
  messages: Message[];
  error?: string | null;
}

export const EMPTY: ThreadState = { messages: [] };

export interface Approve {
  type: "approve-tool-call";
  approvalId: string;
  approved: boolean;
  reason?: string;
}

declare module "@assistant-ui/core" {
  // The library asks for this form: commands of one's own are members of the interface.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Assistant {
    interface Commands {
      approve: Approve;
    }
  }
}

type Content = Exclude<ThreadMessageLike["content"], string>[number];

// A message that did not change is converted, and drawn, once.
const cache = createCache();
const METADATA = {};

// Whether a message is being written is known from the connection, not from what was stored.
const toLike = ({ id, role, parts, status }: Message): ThreadMessageLike & { id: string } => ({
  id,
  role,
  content: parts.flatMap(toContent),
  ...(role === "assistant" && status?.type === "incomplete" && { status }),
});

const SHOWN = new Set(["text", "reasoning", "image", "file", "source", "tool-call", "data"]);

function toContent(part: Part): Content[] {
  if (!SHOWN.has(part.type)) return [];
  if (part.type !== "tool-call" || !part.approval) return [part as unknown as Content];
  const { id, state, reason } = part.approval;
  const approval = {
    id,
    ...(state !== "requested" && { approved: state === "approved" }),
    ...(reason !== undefined && { reason }),
  };
  return [{ ...part, approval } as unknown as Content];
}

/** The messages of commands that the server has not taken in yet. */
export function pendingMessages(commands: readonly AssistantTransportCommand[]): Message[] {
  return commands.flatMap((command, index) =>
    command.type === "add-message"
      ? [
          {
            id: `pending-${index}`,
            role: command.message.role,
            parts: command.message.parts.map((part) => ({ ...part })),
          },
        ]
      : [],
  );
}

/** What stays of a history when a command replaces its end. */
export function kept(
  messages: readonly Message[],
  commands: readonly AssistantTransportCommand[],
): readonly Message[] {
  const first = commands.find((command) => command.type === "add-message");
  if (!first) return messages;
  if (first.parentId === null) return [];
  const parent = messages.findIndex((message) => message.id === first.parentId);
  return parent < 0 ? messages : messages.slice(0, parent + 1);
}

/** State and unsent commands as the messages that the page shows. */
export function convert(
  state: ThreadState,
  { pendingCommands, isSending }: AssistantTransportConnectionMetadata,
): { messages: ThreadMessage[]; isRunning: boolean } {
  const all = [...kept(state.messages, pendingCommands), ...pendingMessages(pendingCommands)];
  return {
    messages: convertMessages(all, toLike, isSending, METADATA, cache),
    isRunning: isSending,
  };
}
