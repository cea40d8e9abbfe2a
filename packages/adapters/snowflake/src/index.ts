export { snowflakeCatalogue, statementBody } from "./catalogue.ts";
export { snowflake } from "./snowflake.ts";
export type { SnowflakeCatalogue, StatementBody } from "./catalogue.ts";
export type { SnowflakeOptions } from "./snowflake-options.ts";
