// Everything the page asks of its server, except the answers themselves.
import type { ThreadState } from "./state.ts";
import { token } from "./token.ts";

export interface Agent {
  name: string;
  model: string;
}

export interface Agents {
  agents: Agent[];
  default: string;
}

export interface ThreadEntry {
  id: string;
  title: string | null;
  updatedAt?: string | number;
}

export interface StoredThread extends ThreadEntry {
  state: ThreadState;
  /** Whether an answer is being written right now. */
  running?: boolean;
}

/** A reply outside 2xx; `message` is what the server says, for the reader. */
export class ServerError extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text || `The server answered with status ${status}.`);
  }
}

/** The address of a route, next to wherever the page itself is served. */
export const address = (path: string): string => new URL(path, document.baseURI).href;

export function headers(): Record<string, string> {
  const value = token();
  return {
    "Content-Type": "application/json",
    ...(value !== null && { Authorization: `Bearer ${value}` }),
  };
}

async function ask(method: string, path: string, body?: object): Promise<Response> {
  const response = await fetch(address(path), {
    method,
    headers: headers(),
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new ServerError(response.status, await response.text());
  return response;
}

const threadPath = (id: string): string => `api/threads/${encodeURIComponent(id)}`;

export const server = {
  async agents(): Promise<Agents> {
    return (await (await ask("GET", "api/agents")).json()) as Agents;
  },
  async threads(): Promise<ThreadEntry[]> {
    const { threads } = (await (await ask("GET", "api/threads")).json()) as {
      threads: ThreadEntry[];
    };
    return threads;
  },
  /** A thread as stored, or null if the server has none of this id. */
  async thread(id: string): Promise<StoredThread | null> {
    try {
      return (await (await ask("GET", threadPath(id))).json()) as StoredThread;
    } catch (error) {
      if (error instanceof ServerError && error.status === 404) return null;
      throw error;
    }
  },
  async rename(id: string, title: string): Promise<void> {
    await ask("PATCH", threadPath(id), { title });
  },
  async remove(id: string): Promise<void> {
    await ask("DELETE", threadPath(id));
  },
  async cancel(threadId: string): Promise<void> {
    await ask("POST", "api/cancel", { threadId });
  },
};
