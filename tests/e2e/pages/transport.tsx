import {
  unstable_createMessageConverter,
  useAssistantTransportRuntime,
} from "@assistant-ui/react";
import type {
  AssistantTransportConnectionMetadata,
  ThreadMessageLike,
} from "@assistant-ui/react";
import { useState } from "react";

import { Chat, draw, route } from "./shared.tsx";

interface Message {
  id: string;
  role: "user" | "assistant";
  parts: ThreadMessageLike["content"];
}

interface State {
  messages: Message[];
}

const { toThreadMessages } = unstable_createMessageConverter(
  ({ id, role, parts }: Message) => ({
    id,
    role,
    content: parts,
  }),
);

const converter = (
  { messages }: State,
  { isSending }: AssistantTransportConnectionMetadata,
) => ({
  messages: toThreadMessages(messages, isSending),
  isRunning: isSending,
});

draw(function Page() {
  const [error, setError] = useState("");
  const runtime = useAssistantTransportRuntime<State>({
    api: route("/assistant"),
    protocol: "assistant-transport",
    initialState: { messages: [] },
    converter,
    headers: {},
    capabilities: { edit: true },
    onError: ({ message }) => {
      window.errors.push(message);
    },
    onFinish: () => {
      setError(window.errors.at(-1) ?? "");
    },
  });
  return (
    <>
      <Chat runtime={runtime} />
      {error && <p role="alert">{error}</p>}
    </>
  );
});
