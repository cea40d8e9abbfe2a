export { postgres } from "./postgres-store.ts";
export type { PostgresOptions } from "./postgres-store.ts";
export { migratePostgres } from "./migrate-postgres.ts";
export type { Migrated, MigrationOptions } from "./migrate-postgres.ts";
export { restorePostgres } from "./restore-postgres.ts";
export { copyStore } from "./copy-store.ts";
export type { CopiedRows, CopyOptions, CopyOutcome, CopyProgress } from "./copy-store.ts";
export type { CopiedTable } from "./copied-tables.ts";
