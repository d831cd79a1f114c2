// A tool call: its arguments, its result, and the question whether it may run.
import { useAssistantTransportSendCommand } from "@assistant-ui/react";
import type { ToolCallMessagePartProps } from "@assistant-ui/react";
import { useState } from "react";

export function ToolCall(call: ToolCallMessagePartProps) {
  const question = call.approval?.approved === undefined ? call.approval : undefined;
  return (
    <details className="tool" data-state={stateOf(call)} open={question ? true : undefined}>
      <summary>
        <span className="tool-name">{call.toolName}</span> <span>{stateOf(call)}</span>
      </summary>
      <Value title="Arguments" value={call.argsText || "{}"} />
      {question && <Question id={question.id} tool={call.toolName} />}
      {call.result !== undefined && (
        <Value title={call.isError ? "Error" : "Result"} value={asText(call.result)} />
      )}
    </details>
  );
}

function stateOf({ approval, result, isError, status }: ToolCallMessagePartProps): string {
  if (approval?.approved === false) return "refused";
  if (result !== undefined) return isError ? "failed" : "done";
  if (approval && approval.approved === undefined) return "waits for you";
  return status.type === "running" ? "running" : "not finished";
}

const asText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value, null, 2);

function Value({ title, value }: { title: string; value: string }) {
  return (
    <>
      <p className="tool-title">{title}</p>
      <pre tabIndex={0}>{value}</pre>
    </>
  );
}

function Question({ id, tool }: { id: string; tool: string }) {
  const send = useAssistantTransportSendCommand();
  const [answered, setAnswered] = useState(false);
  const answer = (approved: boolean) => {
    setAnswered(true);
    send({ type: "approve-tool-call", approvalId: id, approved });
  };
  return (
    <div className="question" role="group" aria-label={`May ${tool} run?`}>
      <p>May it run?</p>
      <button
        type="button"
        className="primary"
        disabled={answered}
        onClick={() => {
          answer(true);
        }}
      >
        Approve
      </button>
      <button
        type="button"
        disabled={answered}
        onClick={() => {
          answer(false);
        }}
      >
        Refuse
      </button>
    </div>
  );
}
