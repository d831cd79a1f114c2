// What the server did not get goes along with the next request.
import type { AssistantTransportCommand, SendCommandsRequestBody } from "@assistant-ui/react";

import type { ThreadState } from "./state.ts";

/**
 * Put unsent commands in front. A parent that the server cannot know, because it is itself still
 * on its way, is left out: then the message follows the one before it.
 */
export function withUnsent(
  body: SendCommandsRequestBody,
  unsent: readonly AssistantTransportCommand[],
): Record<string, unknown> {
  const state = body.state as ThreadState | undefined;
  const known = new Set(state?.messages.map(({ id }) => id));
  const waiting = unsent.filter((command) => !body.commands.includes(command));
  const commands = [...waiting, ...body.commands].map((command) => {
    if (command.type !== "add-message" || !command.parentId || known.has(command.parentId))
      return command;
    const { parentId: _unknown, ...rest } = command;
    return rest;
  });
  return { ...body, commands };
}
