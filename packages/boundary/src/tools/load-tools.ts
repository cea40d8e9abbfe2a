import { Refusal, isValueMap, issuePaths } from "@watchword/core";
import { z } from "zod";
import { type Middleware, loadMiddleware } from "./load-middleware.ts";
import type { ToolExample, ToolExamples, ToolsModule } from "./tool-example.ts";
import { type ExportedTool, toolsOf } from "./tools-of.ts";

/** A guarded tool of an app: what its binding names, and its examples. */
export interface BoundTool {
  /** The name under which its module has it. */
  readonly key: string;
  /** Its own name, as assertions carry it. */
  readonly name: string;
  readonly system: string;
  readonly operation: string;
  readonly examples: readonly ToolExample[];
}

/** An app's tools, loaded. */
export interface LoadedTools {
  readonly bound: readonly BoundTool[];
  /** Names of tools that have no guard: nothing that they do is ever decided. */
  readonly unguarded: readonly string[];
  /** Names of examples that are no tool's. */
  readonly strangers: readonly string[];
  readonly executable: ReadonlyMap<string, ExportedTool>;
  readonly middleware: Middleware;
}

const Example = z.strictObject({
  args: z.unknown(),
  action: z.strictObject({
    operation: z.string(),
    resource: z.record(z.string(), z.string()).optional(),
    arguments: z.custom((value) => isValueMap(value)),
  }),
  changed: z.record(z.string(), z.unknown()).optional(),
});
const Examples = z.record(z.string(), z.array(Example));

/**
 * Loads the tools of an app. Their code runs.
 *
 * @throws PartsMissing without the middleware; Refusal `configuration_invalid` for a module without tools, and for examples that are none
 */
export async function loadTools(from: ToolsModule): Promise<LoadedTools> {
  const [module, middleware] = await Promise.all([
    typeof from === "function" ? from() : (import(from.href) as Promise<object>),
    loadMiddleware(),
  ]);
  const { boundaryExamples: given, ...exported } = module as { readonly boundaryExamples?: unknown };
  const executable = toolsOf(exported);
  if (executable.size === 0)
    throw new Refusal("configuration_invalid", {
      detail: "the module of tools exports none; export them by name, or as members of one object",
    });
  const examples = examplesOf(given);
  const bound: BoundTool[] = [];
  const unguarded: string[] = [];
  for (const [key, tool] of executable) {
    if (!middleware.isGuarded(tool)) unguarded.push(key);
    else
      for (const { name, system, operation } of middleware.bindingsManifest([tool]).tools)
        bound.push({ key, name, system, operation, examples: examples[key] ?? [] });
  }
  const strangers = Object.keys(examples).filter((key) => !bound.some((tool) => tool.key === key));
  return { bound, unguarded, strangers, executable, middleware };
}

function examplesOf(given: unknown): ToolExamples {
  const parsed = Examples.safeParse(given ?? {});
  if (!parsed.success)
    throw new Refusal("configuration_invalid", {
      detail: `boundaryExamples: ${issuePaths(parsed.error)}; each is { args, action: { operation, arguments } }`,
    });
  return parsed.data as ToolExamples;
}
