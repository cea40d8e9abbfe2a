import { Refusal } from "@watchword/core";
import type { CompiledStatement } from "./compiled-statement.ts";
import { BUILT_IN, type HandleOperation } from "./handle-operations.ts";
import type { SelectOperation } from "./select-operation.ts";
import type { SnowflakeSettings } from "./snowflake-options.ts";

/** A declared statement, an agent's own query, or what is done by a handle. */
export type FoundOperation = CompiledStatement | SelectOperation | HandleOperation;

/** @throws Refusal `unknown_target` */
export function findAnyOperation({ statements, select }: SnowflakeSettings, name: string): FoundOperation {
  const found = [...statements, ...select, ...BUILT_IN].find(({ entry }) => entry.name === name);
  if (found !== undefined) return found;
  throw new Refusal("unknown_target", {
    detail: `snowflake: no statement ${name} is declared`,
    failedFact: "action",
  });
}

/** Whether it is a statement of the team's own. */
export const isStatement = (found: FoundOperation): found is CompiledStatement => "places" in found;

/** Whether it is about a statement that was sent before. */
export const isByHandle = (found: FoundOperation): found is HandleOperation =>
  BUILT_IN.some(({ entry }) => entry === found.entry);
