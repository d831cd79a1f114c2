import { expect, test } from "vitest";

import { askAgain } from "../src/useRegenerate.ts";

const text = (value: string) => [{ type: "text", text: value }];

test("the last question is sent again in its own place", () => {
  const command = askAgain([
    { id: "u0", role: "user", parts: text("hi") },
    { id: "a1", role: "assistant", parts: text("hello") },
    { id: "u2", role: "user", parts: text("more") },
    { id: "a3", role: "assistant", parts: text("there") },
  ]);
  expect(command).toEqual({
    type: "add-message",
    message: { role: "user", parts: text("more") },
    parentId: "a1",
    sourceId: "u2",
  });
});

test("the first question has no parent", () => {
  expect(askAgain([{ id: "u0", role: "user", parts: text("hi") }])?.parentId).toBeNull();
});

test("an empty thread has nothing to ask again", () => {
  expect(askAgain([])).toBeNull();
});
