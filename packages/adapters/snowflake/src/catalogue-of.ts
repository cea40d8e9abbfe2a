import type { Catalogue } from "@watchword/core";
import type { CompiledStatement } from "./compiled-statement.ts";
import { BUILT_IN } from "./handle-operations.ts";

/** The catalogue of compiled statements. */
export function catalogueOf(statements: readonly CompiledStatement[]): Catalogue {
  return Object.freeze({
    adapter: "snowflake",
    operations: Object.freeze(
      Object.fromEntries([...statements, ...BUILT_IN].map(({ key, entry }) => [key, entry])),
    ),
  });
}
