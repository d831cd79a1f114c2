import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { licences } from "./licences.ts";

// Relative addresses: the page works behind a path prefix as well.
export default defineConfig({
  base: "./",
  plugins: [react(), licences()],
  build: {
    outDir: fileURLToPath(new URL("../src/jackfield_assistant_ui/static", import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
});
