// What the model thought: open while it thinks, folded afterwards.
import type { ReasoningMessagePartProps } from "@assistant-ui/react";

import { Markdown } from "./Markdown.tsx";

export function Reasoning({ text, status }: ReasoningMessagePartProps) {
  const thinking = status.type === "running";
  return (
    <details className="reasoning" open={thinking}>
      <summary>{thinking ? "Thinking" : "Thoughts"}</summary>
      <Markdown text={text} />
    </details>
  );
}
