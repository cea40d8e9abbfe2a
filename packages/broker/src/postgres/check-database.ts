import { Refusal } from "@watchword/core";
import type { Row } from "../sqlite/database.ts";
import { type Connections, DatabaseFailure } from "./connections.ts";
import { MIGRATIONS } from "./migrations.ts";

/** The oldest PostgreSQL that is tested for and that its makers still mend. */
const OLDEST_SERVER = 150_000;

/** SQLSTATEs that another try does not change: who, where, or whether one may. */
const SETTLED = new Set(["28P01", "28000", "3D000", "42501", "3F000", "42P01"]);

const SERVER =
  "SELECT current_setting('server_version_num')::int AS version, current_setting('synchronous_commit') AS synchronous, current_setting('fsync') AS flushed, to_regclass('watchword.meta') IS NOT NULL AS migrated";
const STORE = `
  SELECT max(value) FILTER (WHERE key = 'schema_version') AS version, max(value) FILTER (WHERE key = 'generation') AS generation,
    has_table_privilege('ledger', 'UPDATE, DELETE, TRUNCATE') OR has_table_privilege('checkpoint', 'UPDATE, DELETE, TRUNCATE')
      OR has_schema_privilege('watchword', 'CREATE') AS mighty
  FROM meta`;

/**
 * Looks at a database before anything rests on it, and gives the store's generation.
 *
 * @throws Refusal `configuration_invalid` when it was not migrated or by a newer version, when a commit would not be
 *   durable, when its role could change what is recorded; `ledger_unavailable` when it does not answer
 */
export async function checkDatabase(connections: Connections): Promise<string> {
  const server = await answerOf(connections, SERVER);
  if (Number(server["version"]) < OLDEST_SERVER) throw invalid("it is older than PostgreSQL 15");
  if (server["synchronous"] === "off")
    throw invalid("synchronous_commit is off, so that a confirmed record could be lost; set it to on");
  if (server["flushed"] === "off")
    throw invalid("fsync is off, so that a confirmed record could be lost; set it to on");
  // An expression of a boolean's arrives as one.
  if (!isTrue(server["migrated"])) throw invalid("it has no schema of Watchword; run migratePostgres");
  const store = await answerOf(connections, STORE);
  const version = Number(store["version"]);
  if (version > MIGRATIONS.length) throw invalid("it was migrated by a newer version of Watchword");
  if (version < MIGRATIONS.length)
    throw invalid(`its schema is version ${version}, this is ${MIGRATIONS.length}; run migratePostgres`);
  if (isTrue(store["mighty"]))
    throw invalid(
      "the store's role could change the schema or what is recorded; use the role that migratePostgres was told, not its owner",
    );
  return String(store["generation"]);
}

async function answerOf(connections: Connections, sql: string): Promise<Row> {
  try {
    const [row] = await connections.read(sql);
    return row ?? {};
  } catch (error) {
    const code = error instanceof DatabaseFailure ? error.code : "unknown";
    if (SETTLED.has(code))
      throw invalid(
        `it refuses the store's role (${code}); check the URL, and run migratePostgres with this role`,
      );
    throw new Refusal("ledger_unavailable", { detail: `the database does not answer (${code})` });
  }
}

const isTrue = (value: unknown): boolean => value === true;

function invalid(why: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `the database cannot be used as a store: ${why}` });
}
