import type { AssistantTransportCommand, SendCommandsRequestBody } from "@assistant-ui/react";
import { expect, test } from "vitest";

import { withUnsent } from "../src/unsent.ts";

const add = (parentId: string | null): AssistantTransportCommand => ({
  type: "add-message",
  message: { role: "user", parts: [] },
  parentId,
  sourceId: null,
});

const body = (...commands: AssistantTransportCommand[]) =>
  ({
    commands,
    state: { messages: [{ id: "a1", role: "assistant", parts: [] }] },
    threadId: "t",
  }) as unknown as SendCommandsRequestBody;

test("what was not sent goes first", () => {
  expect(withUnsent(body(add("pending-0")), [add("a1")])["commands"]).toMatchObject([
    { parentId: "a1" },
    { type: "add-message" },
  ]);
});

test("a parent that is not in the state is left out", () => {
  const { commands } = withUnsent(body(add("pending-0"), add(null), add("a1")), []);
  expect((commands as object[]).map((command) => "parentId" in command)).toEqual([
    false,
    true,
    true,
  ]);
});

test("a command that is sent again by hand goes once", () => {
  const again = add("a1");
  expect(withUnsent(body(again), [again])["commands"]).toHaveLength(1);
});
