// The messages of a thread, what failed, and the box to write in.
import { AuiIf, ThreadPrimitive } from "@assistant-ui/react";

import type { ComponentProps } from "react";

import { Composer } from "./Composer.tsx";
import { FailureNote } from "./FailureNote.tsx";
import type { Failure } from "./failure.ts";
import { AssistantMessage, EditMessage, UserMessage } from "./Messages.tsx";

interface Props {
  threadId: string;
  failure: Failure | null;
  setFailure: (failure: Failure | null) => void;
}

type Drawn = ComponentProps<typeof ThreadPrimitive.Messages>["children"] & {};

const message: Drawn = ({ message: { role, composer } }) => {
  if (role !== "user") return <AssistantMessage />;
  return composer.isEditing ? <EditMessage /> : <UserMessage />;
};

export function Thread({ threadId, failure, setFailure }: Props) {
  return (
    <ThreadPrimitive.Root className="thread">
      <ThreadPrimitive.Viewport className="viewport" tabIndex={0} aria-label="Messages">
        <AuiIf condition={(s) => s.thread.isEmpty}>
          <p className="welcome">What can I do for you?</p>
        </AuiIf>
        <div className="messages" role="log" aria-live="polite" aria-relevant="additions">
          <ThreadPrimitive.Messages>{message}</ThreadPrimitive.Messages>
        </div>
        <FailureNote threadId={threadId} failure={failure} setFailure={setFailure} />
      </ThreadPrimitive.Viewport>
      <ThreadPrimitive.ScrollToBottom className="to-end" aria-label="To the end of the thread">
        ↓
      </ThreadPrimitive.ScrollToBottom>
      <Composer />
    </ThreadPrimitive.Root>
  );
}
