import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Adapter, Refusal } from "@watchword/core";
import { z } from "zod";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import type { SystemsDocument } from "./document-parts.ts";
import { type ConfigurationSource, problemsOf } from "./load-configuration.ts";
import { readSettingFile } from "./read-setting-file.ts";

type MakeAdapter = (options: object) => Adapter;

/**
 * The adapter of every system that a configuration names.
 *
 * @throws ConfigurationInvalid with the command that installs a missing one, or what its options should be
 */
export async function loadSystems(
  configuration: ConfigurationSource,
  systems: SystemsDocument,
): Promise<Record<string, Adapter>> {
  const loaded: Record<string, Adapter> = {};
  for (const [name, system] of Object.entries(systems))
    loaded[name] = isAdapter(system) ? system : await loadAdapter(configuration, name, system);
  return loaded;
}

function isAdapter(system: SystemsDocument[string]): system is Adapter {
  return typeof system["actionOf"] === "function";
}

/**
 * Makes the adapter of a system from `@watchword/adapter-<name>`, as the project of the configuration has it installed,
 * or else this package.
 *
 * @throws ConfigurationInvalid with the command that installs a missing one, or what its options should be
 */
async function loadAdapter(
  configuration: ConfigurationSource,
  system: string,
  { adapter, ...options }: { readonly adapter: string; readonly [option: string]: unknown },
): Promise<Adapter> {
  const at = ["systems", system];
  const wrong = (message: string): ConfigurationInvalid =>
    new ConfigurationInvalid([
      configuration.problem([...at, "adapter"], `systems.${system}.adapter: ${message}`),
    ]);
  const name = `@watchword/adapter-${adapter}`;
  const make = (await loadPackage(configuration.directory, name, wrong))[adapter];
  if (typeof make !== "function") throw wrong(`${name} exports no ${adapter}; is it of this version?`);
  try {
    return (make as MakeAdapter)(await withAuthority(configuration, at, options));
  } catch (error) {
    if (error instanceof z.ZodError)
      throw new ConfigurationInvalid(problemsOf(error.issues, configuration.problem, at));
    throw Refusal.is(error) ? error : wrong(`${name} does not take these options`);
  }
}

/** An adapter reads no file; where its option names one with certificate authorities, what is in it is the option. */
async function withAuthority(
  configuration: ConfigurationSource,
  at: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<object> {
  const { certificateAuthority } = options;
  const named = InFile.safeParse(certificateAuthority);
  if (!named.success) return options;
  const text = await readSettingFile(configuration, [...at, "certificateAuthority"], named.data.file);
  return { ...options, certificateAuthority: text };
}

const InFile = z.strictObject({ file: z.string().min(1) });

async function loadPackage(
  directory: string,
  name: string,
  wrong: (message: string) => ConfigurationInvalid,
): Promise<Readonly<Record<string, unknown>>> {
  for (const from of [pathToFileURL(join(directory, "configuration")).href, import.meta.url]) {
    const path = locatePackage(from, name);
    if (path !== undefined)
      return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  }
  throw wrong(`${name} is not installed; run: npm install ${name}`);
}

function locatePackage(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
