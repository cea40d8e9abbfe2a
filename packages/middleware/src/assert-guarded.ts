import { Refusal } from "@watchword/core";

/** The brand of guarded tools; shared by duplicate copies of this package. */
export const GUARDED = Symbol.for("watchword.guarded");

/** Whether a tool's `execute` is a guard. A copy of a guarded tool with another `execute` is not guarded. */
export function isGuarded(tool: unknown): boolean {
  if (typeof tool !== "object" || tool === null || !("execute" in tool)) return false;
  const { execute } = tool;
  return typeof execute === "function" && GUARDED in execute && execute[GUARDED] === true;
}

/**
 * Insists that every tool of an agent is guarded; call it where the agent is put together.
 *
 * @throws Refusal `configuration_invalid`, its message naming the tools that are not.
 */
export function assertGuarded(
  tools: Readonly<Record<string, unknown>>,
  options: { readonly allow?: readonly string[] } = {},
): void {
  const open = Object.entries(tools).filter(
    ([name, tool]) => !isGuarded(tool) && options.allow?.includes(name) !== true,
  );
  if (open.length === 0) return;
  throw new Refusal("configuration_invalid", {
    detail: `tools without a guard: ${open.map(([name]) => name).join(", ")}`,
  });
}
