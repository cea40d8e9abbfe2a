import type { Operation } from "@watchword/core";
import { isGuarded } from "./assert-guarded.ts";

/** Where a guard carries its binding; shared by duplicate copies of this package. */
export const TOOL_BINDING = Symbol.for("watchword.tool-binding");

/** What a guarded tool can ask for, as data: the guard's own copy, which does not change what the guard does. */
export interface ToolBinding {
  /** The tool's name, as assertions carry it. */
  readonly tool: string;
  readonly system: string;
  readonly operation: Operation;
}

/** The binding of a guarded tool; `undefined` for anything else. */
export function toolBindingOf(tool: unknown): ToolBinding | undefined {
  if (!isGuarded(tool)) return undefined;
  const { execute } = tool as { execute: { readonly [TOOL_BINDING]?: ToolBinding } };
  return execute[TOOL_BINDING];
}
