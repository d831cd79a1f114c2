import { expect, test } from "vitest";

import { describe } from "../src/failure.ts";

const told = (error: Error) => describe(error, []);

test.each([
  new TypeError("Failed to fetch"),
  new TypeError("network error"),
  new Error("Stream ended abruptly without receiving [DONE] marker"),
])("a lost connection: %s", (error) => {
  expect(told(error)).toMatchObject({ connection: true });
});

test.each([
  ["Status 429: Too many runs at a time.", "Too many runs at a time."],
  ['Status 422: {"error":"commands is empty"}', "commands is empty"],
  ["Status 500: ", "The server answered with status 500."],
  ["The model is overloaded.", "The model is overloaded."],
])("what the server says: %s", (message, text) => {
  expect(told(new Error(message))).toMatchObject({ connection: false, text });
});
