import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Refusal } from "@watchword/core";
import { terminalText } from "./terminal-text.ts";

/** The harness as a project has it. */
export interface BoundaryModule {
  readonly module: typeof import("@watchword/boundary");
  readonly version: string;
}

/**
 * `@watchword/boundary` as it is installed where the configuration is, so that what runs a boundary is what made it;
 * `undefined` when it is not installed there.
 */
export async function importBoundary(config: string): Promise<BoundaryModule | undefined> {
  const require = createRequire(resolve(config));
  let file: string;
  let version: unknown;
  try {
    file = require.resolve("@watchword/boundary");
    ({ version } = require("@watchword/boundary/package.json") as { version: unknown });
  } catch {
    return undefined;
  }
  const module = (await import(pathToFileURL(file).href)) as typeof import("@watchword/boundary");
  return { module, version: String(version) };
}

/**
 * What a configuration exports as its default.
 *
 * @throws Refusal `configuration_invalid` when its code throws, or it is not there
 */
export async function defaultExportOf(config: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(resolve(config)).href)) as { readonly default?: unknown };
    return module.default;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const said = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
    throw new Refusal("configuration_invalid", {
      detail: `${terminalText(config)} cannot be loaded (${terminalText(said)})`,
    });
  }
}
