export { postgresCatalogue } from "./catalogue.ts";
export { postgres } from "./postgres.ts";
export type { PostgresOptions } from "./postgres-options.ts";
export { setupSql } from "./setup-sql.ts";
