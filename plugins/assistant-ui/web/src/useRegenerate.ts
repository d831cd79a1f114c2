// A new answer to the last question: the question is sent again in its own place.
import { useAssistantTransportSendCommand, useAssistantTransportState } from "@assistant-ui/react";
import type { AssistantTransportCommand } from "@assistant-ui/react";

import type { Message, ThreadState } from "./state.ts";

type AddMessage = Extract<AssistantTransportCommand, { type: "add-message" }>;

export function useRegenerate(): () => void {
  const send = useAssistantTransportSendCommand();
  const messages = useAssistantTransportState(
    (state) => (state as unknown as ThreadState).messages,
  );
  return () => {
    const command = askAgain(messages);
    if (command) send(command);
  };
}

/** The command that replaces everything from the last question on by the same question. */
export function askAgain(messages: readonly Message[]): AddMessage | null {
  const index = messages.findLastIndex((message) => message.role === "user");
  const question = messages[index];
  if (!question) return null;
  const parts = question.parts as unknown as AddMessage["message"]["parts"];
  return {
    type: "add-message",
    message: {
      role: "user",
      parts: parts as Extract<AddMessage["message"], { role: "user" }>["parts"],
    },
    parentId: messages[index - 1]?.id ?? null,
    sourceId: question.id,
  };
}
