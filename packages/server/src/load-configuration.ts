import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Refusal } from "@watchword/core";
import { readYaml } from "@watchword/policy";
import type { z } from "zod";
import { ConfigurationDocument, type defineConfiguration } from "./configuration-document.ts";
import { ConfigurationInvalid, type ConfigurationProblem } from "./configuration-problem.ts";

/** Where a configuration came from. */
export interface ConfigurationSource {
  /** The configuration's file, as it was named. */
  readonly file: string;
  /** What relative paths in it are relative to. */
  readonly directory: string;
  /** A problem at a place in the file. */
  readonly problem: (path: readonly PropertyKey[], message: string) => ConfigurationProblem;
}

/** A checked document, and where it came from. */
export interface Loaded<Document> extends ConfigurationSource {
  readonly document: Document;
}

/** A checked configuration of a broker, and where it came from. */
export type Configuration = Loaded<ConfigurationDocument>;

/**
 * Loads `watchword.config.yaml`, or the default export of a `.ts`, `.mts`, `.js` or `.mjs` file, and checks its shape. An
 * unknown key is an error: a setting with a typing error in it must not be one that is left out.
 *
 * @throws ConfigurationInvalid (`configuration_invalid`) with every problem at its file and, in YAML, line
 */
export async function loadConfiguration(path: string): Promise<Configuration> {
  return loadDocument(path, ConfigurationDocument);
}

/**
 * Loads a YAML file, or the default export of a module, as a document of this shape.
 *
 * @throws ConfigurationInvalid (`configuration_invalid`)
 */
export async function loadDocument<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<Loaded<z.output<Schema>>> {
  const written = /\.ya?ml$/.test(path) ? await loadYaml(path) : await loadModule(path);
  return check(schema, written, path, dirname(resolve(path)));
}

/**
 * Checks a configuration that is a value of the calling program; relative paths in it are relative to `directory`.
 *
 * @throws ConfigurationInvalid (`configuration_invalid`)
 */
export function checkConfiguration(
  document: ReturnType<typeof defineConfiguration>,
  directory: string,
): Configuration {
  return check(ConfigurationDocument, { value: document, locate: () => ({}) }, "configuration", directory);
}

function check<Schema extends z.ZodType>(
  schema: Schema,
  { value, locate }: Written,
  file: string,
  directory: string,
): Loaded<z.output<Schema>> {
  const problem: ConfigurationSource["problem"] = (at, message) => ({ file, ...locate(at), message });
  const parsed = schema.safeParse(value);
  if (parsed.success) return { document: parsed.data, file, directory, problem };
  throw new ConfigurationInvalid(problemsOf(parsed.error.issues, problem));
}

/** Every issue of a schema as a problem at its place; `at` is where the checked value stands. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  problem: ConfigurationSource["problem"],
  at: readonly PropertyKey[] = [],
): ConfigurationProblem[] {
  return issues.flatMap(deepest).map((issue) => {
    const path = [...at, ...issue.path];
    const place = issue.code === "unrecognized_keys" ? [...path, issue.keys[0] ?? ""] : path;
    return problem(place, `${path.map(String).join(".") || "configuration"}: ${describe(issue)}`);
  });
}

interface Written {
  readonly value: unknown;
  readonly locate: (path: readonly PropertyKey[]) => { readonly line?: number; readonly column?: number };
}

async function loadYaml(path: string): Promise<Written> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new ConfigurationInvalid([{ file: path, message: "cannot be read; is --config right?" }]);
  });
  const read = readYaml(path, text);
  if ("problems" in read) throw new ConfigurationInvalid(read.problems);
  return { value: read.file.value, locate: (place) => read.file.locate(place) };
}

async function loadModule(path: string): Promise<Written> {
  const wrong = (message: string): ConfigurationInvalid =>
    new ConfigurationInvalid([{ file: path, message }]);
  if (!/\.m?[jt]s$/.test(path))
    throw wrong("is no configuration: it must be a .yaml file, or a .ts or .js file with a default export");
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { readonly default?: unknown };
    if (module.default === undefined)
      throw wrong("has no default export; write export default defineConfiguration({ … })");
    return { value: module.default, locate: () => ({}) };
  } catch (error) {
    if (Refusal.is(error)) throw error;
    // Its own code threw: what it says is for the operator who wrote it, but may quote what it read.
    throw wrong(`cannot be loaded (${error instanceof Error ? error.name : typeof error})`);
  }
}

/** A union's issue hides what was wrong in the branch that was meant; the deepest one says it. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const depth = (branch: readonly z.core.$ZodIssue[]): number =>
    Math.max(0, ...branch.flatMap(deepest).map(({ path }) => path.length));
  const [best = []] = issue.errors.toSorted((a, b) => depth(b) - depth(a));
  if (best.length === 0) return [issue];
  return best.flatMap(deepest).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** What was expected; never what was there, which may be a secret in the wrong place. */
function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `unknown key ${issue.keys.join(", ")}`;
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
    return `is missing (expected: ${issue.expected})`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}
