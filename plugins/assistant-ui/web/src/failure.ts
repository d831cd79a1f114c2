// What went wrong with a run, and what can be done about it.
import type { AssistantTransportCommand } from "@assistant-ui/react";

export interface Failure {
  text: string;
  /** The connection failed, not the run: the server may still be at work. */
  connection: boolean;
  /** What the server may not have received. */
  commands: AssistantTransportCommand[];
}

const CUT = /network error|failed to fetch|load failed|networkerror|ended abruptly/i;
const STATUS = /^Status (\d+): ?/;

export function describe(error: Error, commands: AssistantTransportCommand[]): Failure {
  if (error instanceof TypeError || CUT.test(error.message))
    return { text: "The connection to the server was lost.", connection: true, commands };
  return { text: said(error.message), connection: false, commands };
}

/** Whether the server has nothing to resume: the answer is complete, status 204. */
export const isOver = (error: Error): boolean => error.message === "Response body is null";

/** What the server says, without what the library puts before it. */
function said(message: string): string {
  const text = message.replace(STATUS, "").trim();
  if (text === "") return `The server answered with status ${STATUS.exec(message)?.[1] ?? "?"}.`;
  try {
    const body = JSON.parse(text) as { error?: unknown; message?: unknown };
    const found = [body.error, body.message].find((value) => typeof value === "string");
    return found ?? text;
  } catch {
    return text;
  }
}
