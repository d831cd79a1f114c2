import { useDataStreamRuntime } from "@assistant-ui/react-data-stream";

import { Chat, draw, route } from "./shared.tsx";

draw(function Page() {
  return <Chat runtime={useDataStreamRuntime({ api: route("/api/chat") })} />;
});
