import type { MissingBaseline } from "../row.ts";
import type { LoadedTools } from "./load-tools.ts";

/** What is wrong with an app's tools before any of them is called. */
export function missingTools(tools: LoadedTools | undefined): MissingBaseline[] {
  if (tools === undefined) return [];
  return [
    ...tools.unguarded.map((key) => ({
      grant: "*",
      missing: `tool ${key} has no guard: whatever it does, nobody is asked; wrap it in guard(…), or keep it out of the module of tools`,
    })),
    ...tools.strangers.map((key) => ({
      grant: "*",
      missing: `boundaryExamples has examples of ${key}, which is no guarded tool of the module; there are ${tools.bound.map((tool) => tool.key).join(", ")}`,
    })),
  ];
}
