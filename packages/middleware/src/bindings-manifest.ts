import {
  type BindingsManifest,
  type OperationDescription,
  Refusal,
  describeOperation,
} from "@watchword/core";
import { type ToolBinding, toolBindingOf } from "./tool-binding.ts";

/** Options of {@link bindingsManifest}. */
export interface BindingsManifestOptions {
  /** Names of tools that may be there without a guard. */
  readonly allow?: readonly string[];
}

/**
 * What the guarded tools of an application can ask for, as plain JSON without secrets: `watchword policy lint` checks a
 * policy against it. Members and tools stand in one order (RFC 8785), so the same tools give the same text.
 *
 * @throws Refusal `configuration_invalid` when a tool has no guard and is not allowed, or when two tools take the same
 *   operation of one system for different things.
 *
 * @example
 * ```ts
 * await writeFile("watchword.bindings.json", JSON.stringify(bindingsManifest({ refund, lookup }), undefined, 2));
 * ```
 */
export function bindingsManifest(
  tools: Readonly<Record<string, unknown>> | Iterable<unknown>,
  options: BindingsManifestOptions = {},
): BindingsManifest {
  const bindings: ToolBinding[] = [];
  const unguarded: string[] = [];
  for (const [name, tool] of namedTools(tools)) {
    const binding = toolBindingOf(tool);
    if (binding === undefined) unguarded.push(name);
    else bindings.push(binding);
  }
  const open = unguarded.filter((name) => options.allow?.includes(name) !== true);
  if (open.length > 0)
    throw new Refusal("configuration_invalid", { detail: `tools without a guard: ${open.join(", ")}` });
  return ordered({
    watchword: 1,
    tools: distinct(
      bindings.map(({ tool, system, operation }) => ({ name: tool, system, operation: operation.name })),
    ),
    unguarded: distinct(unguarded),
    systems: systemsOf(bindings),
  }) as BindingsManifest;
}

/** In a record the key names a tool that has no name of its own; in a list its place does. */
function namedTools(tools: Readonly<Record<string, unknown>> | Iterable<unknown>): [string, unknown][] {
  if (!(Symbol.iterator in tools)) return Object.entries(tools);
  return [...tools].map((tool, index) => [nameOf(tool) ?? `#${index}`, tool]);
}

function nameOf(tool: unknown): string | undefined {
  if (typeof tool !== "object" || tool === null || !("name" in tool)) return undefined;
  return typeof tool.name === "string" && tool.name !== "" ? tool.name : undefined;
}

function systemsOf(bindings: readonly ToolBinding[]): BindingsManifest["systems"] {
  const systems = new Map<string, Map<string, OperationDescription>>();
  for (const { system, operation } of bindings) {
    const operations = systems.get(system) ?? new Map<string, OperationDescription>();
    systems.set(system, operations);
    const description = describeOperation(operation);
    const earlier = operations.get(operation.name);
    if (earlier !== undefined && textOf(earlier) !== textOf(description))
      throw new Refusal("configuration_invalid", {
        detail: `${system}/${operation.name} is bound from two different catalogues; one system has one`,
      });
    operations.set(operation.name, description);
  }
  return Object.fromEntries(
    [...systems].map(([system, operations]) => [system, { operations: Object.fromEntries(operations) }]),
  );
}

function distinct<Entry>(entries: readonly Entry[]): Entry[] {
  const byText = new Map(entries.map((entry) => [textOf(entry), entry]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function textOf(value: unknown): string {
  return JSON.stringify(ordered(value));
}

/** Members by UTF-16 code units, as RFC 8785 orders them. JSON Schemas hold values that an action must not, so not as a Value. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]));
}
