import type { Catalogue } from "@watchword/core";
import { BUILT_IN } from "./handle-operations.ts";
import type { SnowflakeSettings } from "./snowflake-options.ts";

/** The catalogue of checked options. */
export function catalogueOf({
  statements,
  select,
}: Pick<SnowflakeSettings, "statements" | "select">): Catalogue {
  return Object.freeze({
    adapter: "snowflake",
    operations: Object.freeze(
      Object.fromEntries([...statements, ...select, ...BUILT_IN].map(({ key, entry }) => [key, entry])),
    ),
  });
}
