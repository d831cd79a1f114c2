// The page carries other people's code; their licences travel with it.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, sep } from "node:path";

import type { Plugin } from "vite";

interface Package {
  name: string;
  version: string;
  license?: string;
}

const FOLDER = `${sep}node_modules${sep}`;

/** The folder of the package that a module belongs to, or undefined for our own. */
function packageOf(module: string): string | undefined {
  const file = module.replace(/^\0/, "").split("?")[0] ?? "";
  if (!file.includes(FOLDER)) return undefined;
  let folder = dirname(file);
  while (!existsSync(join(folder, "package.json")) || !readPackage(folder).name) {
    if (folder.endsWith("node_modules") || folder === dirname(folder)) return undefined;
    folder = dirname(folder);
  }
  return folder;
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf-8")) as Package;
}

function notice(folder: string): string {
  const { name, version, license } = readPackage(folder);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf-8").trim() : "";
  return `${name} ${version} (${license ?? "see its site"})\n\n${text}\n`;
}

/** Write `licences.txt`: every bundled package with the text of its licence. */
export function licences(): Plugin {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((output) =>
        output.type === "chunk" ? Object.keys(output.modules) : [],
      );
      const folders = new Set(modules.map(packageOf).filter((folder) => folder !== undefined));
      const source = [...folders]
        .map(notice)
        .sort()
        .join(`\n${"-".repeat(80)}\n\n`);
      this.emitFile({ type: "asset", fileName: "licences.txt", source });
    },
  };
}
