import type { CellProgram } from "./code-of.ts";

/** The program of cells, for a role with its words. */
export function cellProgram(...words: readonly string[]): CellProgram {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return { url: new URL(`./cell-program.${extension}`, import.meta.url), words };
}
