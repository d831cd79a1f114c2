import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "./jitless.ts";
import { App } from "./App.tsx";
import { applyTheme, storedTheme } from "./theme.ts";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/thread.css";
import "./styles/parts.css";

applyTheme(storedTheme());
const element = document.getElementById("page");
if (!element) throw new Error("index.html has no element #page");
createRoot(element).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
