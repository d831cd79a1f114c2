import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { licences } from "./licences.ts";

// Relative addresses: the page works behind a path prefix as well. build.py takes what is built
// from `dist` to where the package has it.
export default defineConfig({
  base: "./",
  plugins: [react(), licences()],
  build: {
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
});
