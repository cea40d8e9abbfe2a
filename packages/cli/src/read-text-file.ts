import { readFile } from "node:fs/promises";
import { Refusal } from "@watchword/core";
import { terminalText } from "./terminal-text.ts";

/** A text file with its name, for whoever reads it further. @throws Refusal `configuration_invalid` naming it */
export async function readTextFile(name: string): Promise<{ readonly name: string; readonly text: string }> {
  const text = await readFile(name, "utf8").catch(() => {
    throw new Refusal("configuration_invalid", { detail: `${terminalText(name)} cannot be read` });
  });
  return { name, text };
}
