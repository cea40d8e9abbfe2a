import type { Growth } from "./growing-store.ts";

/** A table that grows, and what is another value in each copy of its one row: SQL over the number `i`. */
export interface GrowingTable {
  readonly table: string;
  readonly differing: Readonly<Record<string, string>>;
}

/** What of a store there is more of, with more tenants that are as busy as the one that acts. */
export const GROWING: readonly GrowingTable[] = [
  { table: "tenant", differing: { id: "'t-' || i" } },
  { table: "epoch", differing: { subject: "'tenant:t-' || i" } },
  { table: "connection", differing: { tenant: "'t-' || i", account: "'acct_' || i" } },
  { table: "run", differing: { id: "'run_' || i", root: "'run_' || i", tenant: "'t-' || i" } },
  { table: "used_token", differing: { jti: "'jti_' || i" } },
  {
    table: "intent",
    differing: {
      tenant: "'t-' || i",
      txn: "'txn_' || i",
      decision_id: "'dec_' || i",
      lease_id: "'lease_' || i",
      run: "'run_' || i",
    },
  },
  {
    table: "lease",
    differing: {
      id: "'lease_' || i",
      decision_id: "'dec_' || i",
      tenant: "'t-' || i",
      run: "'run_' || i",
      root: "'run_' || i",
      handle_hash: "'handle_' || i",
    },
  },
  {
    table: "ledger",
    differing: {
      replica: "'rep_others'",
      sequence: "i",
      tenant: "'t-' || i",
      decision_id: "'dec_' || i",
    },
  },
];

/** Spent tokens are forgotten after a minute or two; were some forgotten while it is counted, that would be counted, too. */
export const KEPT_TOKENS = "UPDATE used_token SET expires_at = 4000000000";

/** Makes the policy of this version, once it is in its table, the active one. */
export const activation = (version: string): readonly string[] => [
  "UPDATE epoch SET value = value + 1 WHERE subject = 'policy'",
  `INSERT INTO policy_activation SELECT value, '${version}', 0 FROM epoch WHERE subject = 'policy'`,
];

/**
 * The statement that adds copies of the first row of a table, as an act left it: from the number `from` to that before `to`. It
 * names whatever columns the table has, so it stays right when a store learns more; both databases read it.
 */
export function cloneRows(
  { table, differing }: GrowingTable,
  columns: readonly string[],
  { from, to }: Pick<Growth, "from" | "to">,
): string {
  const known = Object.entries(differing).filter(([column]) => columns.includes(column));
  const values = columns.map((column) => {
    const found = known.find(([name]) => name === column);
    return found === undefined ? `one.${column}` : found[1];
  });
  return `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to - 1}), one AS (SELECT * FROM ${table} LIMIT 1)
INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM n, one`;
}
