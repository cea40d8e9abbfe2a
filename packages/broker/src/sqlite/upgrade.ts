import type { Database } from "./database.ts";
import { SCHEMA } from "./schema.ts";

/** Brings a store of an earlier version to this one's, within the caller's transaction. */
export function upgrade(database: Database, version: number): void {
  if (version < 2) upgradeFrom1(database);
  if (version < 3) upgradeFrom2(database);
  // The third version counted nobody's requests.
  if (version < 4) database.exec(tableNamed("quota"));
  // A connection of the fourth had one account, and nobody asked which uses of a lease are under way.
  if (version < 5)
    for (const statement of [...statementsAbout("also_account"), statementNamed("lease_use_open")])
      database.exec(statement);
}

/**
 * From the first version to the second: its runs had neither parents nor columns of their own, and its leases neither a column for their
 * system nor a choice of who holds them. Rows come out as today's code writes them, so that nobody else asks how old one is.
 */
function upgradeFrom1(database: Database): void {
  database.exec("ALTER TABLE run RENAME TO run_1");
  database.exec("ALTER TABLE lease ADD COLUMN system TEXT NOT NULL DEFAULT ''");
  database.exec(
    "UPDATE lease SET system = json_extract(record, '$.system'), record = json_set(record, '$.custody', 'gateway')",
  );
  database.exec("DROP INDEX lease_root");
  upgradeApprovals(database);
  database.exec(tableNamed("run"));
  for (const statement of statementsAbout("descent", "frozen", "evidence", "policy_activation"))
    database.exec(statement);
  for (const index of ["run_of_tenant", "run_of_agent", "lease_system"]) database.exec(statementNamed(index));
  for (const row of database.all("SELECT record, ended_at FROM run_1")) {
    const record = JSON.parse(String(row["record"])) as {
      id: string;
      tenant: string;
      agent: string;
      expiresAt: number;
    };
    const { id, tenant, agent, expiresAt } = record;
    database.run(
      "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?)",
      id,
      tenant,
      agent.slice(0, agent.indexOf("@")),
      expiresAt,
      JSON.stringify({ ...record, ancestors: [], chain: [agent] }),
      row["ended_at"] as number | null,
    );
  }
  database.exec("DROP TABLE run_1");
}

/** An approval of the first version goes on as it is: nobody asks for the same again, and only its expiry is due. */
function upgradeApprovals(database: Database): void {
  for (const column of [
    "request TEXT NOT NULL DEFAULT ''",
    "due_at INTEGER NOT NULL DEFAULT 0",
    "progress TEXT NOT NULL DEFAULT '{}'",
  ])
    database.exec(`ALTER TABLE approval ADD COLUMN ${column}`);
  database.exec(
    "UPDATE approval SET due_at = expires_at, progress = json_object('dueAt', expires_at, 'escalatedAt', NULL, 'noticeAt', NULL, 'noticeAttempts', 0)",
  );
  database.exec(
    "UPDATE approval SET record = json_set(record, '$.request', '', '$.run', '', '$.escalation', json('null'), '$.requesterLinks', json('{}'))",
  );
  database.exec("DROP INDEX approval_binding");
  for (const index of ["approval_request", "approval_waiting", "approval_due"])
    database.exec(statementNamed(index));
}

/**
 * From the second version: it had no listings for operators, and two tenants could have one account. They keep it until one of
 * them changes; what was seen of a connection then is its first revision.
 */
function upgradeFrom2(database: Database): void {
  database.exec("ALTER TABLE lease ADD COLUMN tenant TEXT NOT NULL DEFAULT ''");
  database.exec("UPDATE lease SET tenant = json_extract(record, '$.tenant')");
  for (const column of [
    "fingerprint TEXT NOT NULL DEFAULT ''",
    "revision INTEGER NOT NULL DEFAULT 1",
    "earlier_sealed BLOB",
    "earlier_fingerprint TEXT",
    "earlier_until INTEGER",
  ])
    database.exec(`ALTER TABLE connection ADD COLUMN ${column}`);
  database.exec("DROP INDEX ledger_decision");
  for (const index of [
    "run_living",
    "lease_active",
    "lease_of_tenant",
    "connection_account",
    "connection_earlier",
    "ledger_decision",
    "ledger_decided",
    "ledger_decided_of",
  ])
    database.exec(statementNamed(index));
  database.exec(tableNamed("decision_object"));
  // Outcomes that were recorded before are found by their objects, too.
  database.exec(
    `INSERT INTO decision_object
     SELECT DISTINCT coalesce(json_extract(body, '$.system'), lease.system), named.value, ledger.decision_id
     FROM ledger, json_each(ledger.body, '$.ids') AS named LEFT JOIN lease ON lease.id = json_extract(ledger.body, '$.lease')
     WHERE kind = 'use_outcome' AND json_extract(body, '$.effect') <> 'none' AND ledger.decision_id IS NOT NULL
       AND named.type = 'text' AND length(named.value) BETWEEN 1 AND 512 AND instr(named.value, char(0)) = 0
       AND coalesce(json_extract(body, '$.system'), lease.system) IS NOT NULL`,
  );
}

function tableNamed(table: string): string {
  return statements().find((statement) => statement.startsWith(`CREATE TABLE ${table} `)) ?? "";
}

function statementsAbout(...tables: readonly string[]): string[] {
  return statements().filter((statement) =>
    tables.some((table) => new RegExp(`^CREATE TABLE ${table} | ON ${table} `).test(statement)),
  );
}

function statementNamed(index: string): string {
  return statements().find((statement) => statement.startsWith(`CREATE INDEX ${index} `)) ?? "";
}

function statements(): string[] {
  return SCHEMA.split(";").map((statement) => statement.trim());
}
