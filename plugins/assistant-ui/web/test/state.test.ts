import type { AssistantTransportCommand } from "@assistant-ui/react";
import { expect, test } from "vitest";

import { convert } from "../src/state.ts";
import type { Message, Part, ThreadState } from "../src/state.ts";

const said = (id: string, role: Message["role"], ...parts: Part[]): Message => ({
  id,
  role,
  parts,
});
const text = (value: string): Part => ({ type: "text", text: value });
const idle = { pendingCommands: [], isSending: false, toolStatuses: {} };

const state: ThreadState = {
  messages: [
    said("u0", "user", text("hi")),
    said("a1", "assistant", text("hello")),
    said("u2", "user", text("more")),
    said("a3", "assistant", text("there")),
  ],
};

function add(parentId: string | null, ...parts: { type: "text"; text: string }[]) {
  return {
    type: "add-message",
    message: { role: "user", parts },
    parentId,
    sourceId: null,
  } satisfies AssistantTransportCommand;
}

test("parts keep their order and what they carry", () => {
  const call = { type: "tool-call", toolCallId: "c", toolName: "clock", args: {}, argsText: "{}" };
  const source = { type: "source", sourceType: "url", id: "s", url: "https://a.example/" };
  const answer = said("a", "assistant", { type: "reasoning", text: "hm" }, call, source, text("x"));
  const [message] = convert({ messages: [answer] }, idle).messages;
  expect(message?.content).toMatchObject([
    { text: "hm" },
    { toolName: "clock" },
    source,
    { text: "x" },
  ]);
});

test("a part that this page does not know is left out", () => {
  const answer = said("a", "assistant", { type: "hologram" }, text("x"));
  expect(convert({ messages: [answer] }, idle).messages[0]?.content).toHaveLength(1);
});

test("only the last message runs", () => {
  const { messages, isRunning } = convert(state, { ...idle, isSending: true });
  expect(messages.map((message) => message.status?.type)).toEqual([
    undefined,
    "complete",
    undefined,
    "running",
  ]);
  expect(isRunning).toBe(true);
});

test("why an answer ended early is kept, that it once ran is not", () => {
  const answer = said("a", "assistant", text("x"));
  const cut = { ...answer, status: { type: "incomplete", reason: "cancelled" } as const };
  const stale = { ...answer, id: "b", status: { type: "running" } as const };
  const shown = (message: Message) => convert({ messages: [message] }, idle).messages[0]?.status;
  expect(shown(cut)).toEqual(cut.status);
  expect(shown(stale)).toMatchObject({ type: "complete" });
});

test("a message that did not change is the same object", () => {
  const grown = [...state.messages.slice(0, 3), said("a3", "assistant", text("there!"))];
  const before = convert(state, idle).messages;
  const after = convert({ messages: grown }, idle).messages;
  expect(after[1]).toBe(before[1]);
  expect(after[3]).not.toBe(before[3]);
});

test("a command that waits is shown behind its parent and replaces what came after it", () => {
  const pendingCommands = [add("a1", { type: "text", text: "other" })];
  const { messages } = convert(state, { ...idle, pendingCommands });
  expect(messages.map((message) => message.content)).toMatchObject([
    [{ text: "hi" }],
    [{ text: "hello" }],
    [{ text: "other" }],
  ]);
});

test("a first message that is edited replaces the whole thread", () => {
  const pendingCommands = [add(null, { type: "text", text: "anew" })];
  expect(convert(state, { ...idle, pendingCommands }).messages).toHaveLength(1);
});

test.each([
  ["requested", undefined],
  ["approved", true],
  ["denied", false],
])("an approval that is %s", (approval, approved) => {
  const call = {
    type: "tool-call",
    toolCallId: "c",
    toolName: "pay",
    args: {},
    argsText: "{}",
    approval: { id: "q1", state: approval },
  };
  const { messages } = convert({ messages: [said("a", "assistant", call)] }, idle);
  const part = messages[0]?.content[0];
  expect(part?.type === "tool-call" && part.approval).toEqual(
    approved === undefined ? { id: "q1" } : { id: "q1", approved },
  );
});
