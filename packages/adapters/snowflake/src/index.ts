export { snowflakeCatalogue, statementBody } from "./catalogue.ts";
export { snowflake } from "./snowflake.ts";
export type { SnowflakeCatalogue } from "./catalogue.ts";
export type { SnowflakeOptions } from "./snowflake-options.ts";
export type { StatementBody } from "./statement-body.ts";
