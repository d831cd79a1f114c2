import {
  AssistantChatTransport,
  createResumableSessionStorage,
  useChatRuntime,
} from "@assistant-ui/react-ai-sdk";
import {
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
} from "ai";
import type { UIMessage } from "ai";

import { Chat, draw, route } from "./shared.tsx";

const resumable = new URLSearchParams(location.search).has("resumable");

const transport = new AssistantChatTransport({
  api: route(resumable ? "/api/chat?resumable=1" : "/api/chat"),
  ...(resumable && {
    resumable: {
      storage: createResumableSessionStorage(),
      resumeApi: (id: string) => route(`/api/chat/resume/${id}`),
    },
  }),
});

const isAnswered = (state: { messages: UIMessage[] }): boolean =>
  lastAssistantMessageIsCompleteWithToolCalls(state) ||
  lastAssistantMessageIsCompleteWithApprovalResponses(state);

draw(function Page() {
  return (
    <Chat
      runtime={useChatRuntime({ transport, sendAutomaticallyWhen: isAnswered })}
    />
  );
});
