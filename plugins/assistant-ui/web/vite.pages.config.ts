// The pages of tests/e2e, one for each runtime of assistant-ui; they use this folder's packages.
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

const here = fileURLToPath(import.meta.url);
const pages = fileURLToPath(new URL("../../../tests/e2e/pages", import.meta.url));

/** Look for packages beside this file: the pages have none above them. */
function packagesOfThisFolder(): Plugin {
  return {
    name: "packages-of-this-folder",
    enforce: "pre",
    async resolveId(source, importer) {
      if (!importer?.startsWith(pages) || /^[./\0]/.test(source)) return null;
      return this.resolve(source, here, { skipSelf: true });
    },
  };
}

export default defineConfig({
  root: pages,
  base: "./",
  plugins: [packagesOfThisFolder(), react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: ["data-stream", "transport", "ai-sdk"].map((name) => `${pages}/${name}.html`),
    },
  },
});
