import type { Database } from "./database.ts";
import { SCHEMA } from "./schema.ts";

/**
 * From the first version: its runs had neither parents nor columns of their own, and its leases neither a column for their
 * system nor a choice of who holds them. Rows come out as today's code writes them, so that nobody else asks how old one is.
 */
export function upgradeFrom1(database: Database): void {
  database.exec("ALTER TABLE run RENAME TO run_1");
  database.exec("ALTER TABLE lease ADD COLUMN system TEXT NOT NULL DEFAULT ''");
  database.exec(
    "UPDATE lease SET system = json_extract(record, '$.system'), record = json_set(record, '$.custody', 'gateway')",
  );
  database.exec("DROP INDEX lease_root");
  upgradeApprovals(database);
  for (const statement of statementsAbout("run", "descent", "frozen", "evidence", "policy_activation"))
    database.exec(statement);
  database.exec(statementNamed("lease_system"));
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
