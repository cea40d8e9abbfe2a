import { Refusal } from "@watchword/core";
import type { ToolsModule } from "./tool-example.ts";

/** A function that imports one module by a path next to its own, and does nothing else. */
const IMPORTS = /^(?:async\s*)?\(\s*\)\s*=>\s*import\(\s*(["'])(\.{1,2}\/[^"'\\]+)\1\s*\)$/;

/**
 * Where a module of tools is, for cells, which import it themselves: functions do not travel, but that of `() => import("./tools.ts")`
 * says it.
 *
 * @param beside the module in which the function is written
 * @throws Refusal `configuration_invalid` when it says something else
 */
export function toolsUrl(tools: ToolsModule, beside: URL): URL {
  if (typeof tools !== "function") return tools;
  const path = IMPORTS.exec(tools.toString().trim())?.[2];
  if (path !== undefined) return new URL(path, beside);
  throw new Refusal("configuration_invalid", {
    detail:
      'cells import the module of tools themselves, and these tools do not say which it is; write tools: () => import("./tools.ts"), or tools: new URL("./tools.ts", import.meta.url)',
  });
}
