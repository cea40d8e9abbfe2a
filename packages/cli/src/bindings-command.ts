import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BindingsManifest, Refusal } from "@watchword/core";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { jsonText, terminalText } from "./terminal-text.ts";
import { toolsOf } from "./tools-of.ts";

interface BindingsFlags {
  readonly out?: string;
  readonly allow?: readonly string[];
}

/** The part of `@watchword/middleware` that is needed here. */
interface Middleware {
  bindingsManifest(
    tools: Readonly<Record<string, unknown>>,
    options: { readonly allow?: readonly string[] },
  ): BindingsManifest;
}

/** `watchword bindings`: what the tools of an application can ask for, as a file. */
export function registerBindings(program: Command, io: CommandIo): void {
  program
    .command("bindings")
    .description("Write down what the guarded tools of a module can ask for; the module's code runs")
    .argument("<module>", "a .ts or .js file that exports its tools, each by name or as one object")
    .option("--out <file>", "write there, such as to watchword.bindings.json, instead of to standard output")
    .option("--allow <name...>", "tools that may be there without a guard, named as the message names them")
    .action((path: string, flags: BindingsFlags) => bindings(io, path, flags));
}

async function bindings(io: CommandIo, path: string, { out, allow }: BindingsFlags): Promise<void> {
  const tools = toolsOf(await importModule(path));
  if (Object.keys(tools).length === 0) {
    io.err(
      `watchword: no tools among the exports of ${terminalText(path)}; export them by name, or as one object\n`,
    );
    return io.exit(1);
  }
  const middleware = await importMiddleware(path);
  if (middleware === undefined) {
    io.err(
      `watchword: @watchword/middleware is not installed where ${terminalText(path)} is: npm install @watchword/middleware\n`,
    );
    return io.exit(4);
  }
  const manifest = middleware.bindingsManifest(tools, allow === undefined ? {} : { allow });
  if (out === undefined) return io.out(jsonText(manifest));
  await writeFile(out, jsonText(manifest));
  io.err(`${terminalText(out)}: ${manifest.tools.length} tools\n`);
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    // Its own code threw, or it is not there: what it says is for whoever wrote it.
    const said = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
    throw new Refusal("configuration_invalid", {
      detail: `${terminalText(path)} cannot be loaded (${terminalText(said)})`,
    });
  }
}

/** The copy that made the module's guards, so that the two fit; an application has it, this command does not. */
async function importMiddleware(path: string): Promise<Middleware | undefined> {
  let file: string;
  try {
    file = createRequire(resolve(path)).resolve("@watchword/middleware");
  } catch {
    return undefined;
  }
  return (await import(pathToFileURL(file).href)) as Middleware;
}
