import {
  AssistantChatTransport,
  createResumableSessionStorage,
  useChatRuntime,
} from "@assistant-ui/react-ai-sdk";
import { lastAssistantMessageIsCompleteWithToolCalls } from "ai";

import { Chat, draw, route } from "./shared.tsx";

const transport = new AssistantChatTransport({
  api: route("/api/chat"),
  resumable: {
    storage: createResumableSessionStorage(),
    resumeApi: (id: string) => route(`/api/chat/resume/${id}`),
  },
});

draw(function Page() {
  const runtime = useChatRuntime({
    transport,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
  });
  return <Chat runtime={runtime} />;
});
