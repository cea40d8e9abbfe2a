import { readFile, readdir } from "node:fs/promises";
import type { BudgetClaim } from "@watchword/core";
import { StoreScenario, entryOf, freshToken } from "@watchword/conformance";
import type { Sql } from "postgres";
import { describe, expect, test } from "vitest";
import { postgresPlace } from "./postgres-place.ts";

const ROWS = 5_000;
const BUDGET: BudgetClaim = {
  key: "acme|refund",
  amount: { minor: 1, currency: "USD" },
  max: { minor: 1_000, currency: "USD" },
  windowSeconds: 3_600,
};

/** Whole-table reads that are meant: `meta` has a few rows, chains and checkpoints are listed for verification. */
const SCANS_BY_DESIGN = new Set(["meta", "ledger_head", "checkpoint"]);

/** Rows of others in every table, so that reading all of one would be worth avoiding. */
const FILL = [
  "INSERT INTO epoch SELECT 'run:x' || i, 1 FROM n",
  "INSERT INTO used_token SELECT 'issuer', 'jti' || i, 2000000000 FROM n",
  "INSERT INTO run SELECT 'run_x' || i, 'run_x' || i, 'tenant' || i, 'agent' || i, ARRAY['tenant:x'], 2000000000, NULL, '{}' FROM n",
  "INSERT INTO descent SELECT 'run_y' || i, 'run_x' || i FROM n",
  "INSERT INTO frozen SELECT 'tenant:frozen' || i FROM n",
  "INSERT INTO evidence SELECT 'source', 'commit' || i, 'digest', 1, 'pass', 1, '' FROM n",
  "INSERT INTO effect SELECT 'effect' || i, 'dec_x' || i, 'pending', 1 FROM n",
  "INSERT INTO budget SELECT 'budget' || i, 1, 1 FROM n",
  "INSERT INTO quota SELECT 'quota' || i, '', 1, 1 FROM n",
  "INSERT INTO budget_claim SELECT 'dec_x' || i, 'budget' || i, 1, 1 FROM n",
  "INSERT INTO intent SELECT 'tenant', 'txn' || i, 'dec_x' || i, 'lease_x' || i, 'run_x' || i, 's', 'd', NULL, 'minted', 1, 1 FROM n",
  "INSERT INTO approval (id, tenant, txn, action_digest, binding, state, expires_at, record, request, due_at, progress) SELECT 'apr_x' || i, 'tenant' || i, 'txn' || i, 'd', 'b', 'granted', 2000000000, '{}', 'request' || i, 2000000000, '{}' FROM n",
  "INSERT INTO lease (id, decision_id, tenant, system, custody, run, root, handle_hash, expires_at, due_at, max_uses, uses, record) SELECT 'lease_x' || i, 'dec_x' || i, 'tenant' || i, 'system' || i, 'gateway', 'run_x' || i, 'run_x' || i, 'h' || i, 2000000000, 2000000000, 1, 0, '{}' FROM n",
  "INSERT INTO lease_use SELECT 'use_x' || i, 'lease_x' || i, 'd', 1, 'done' FROM n",
  "INSERT INTO tenant SELECT 'tenant' || i FROM n",
  "INSERT INTO connection SELECT 'tenant' || i, 's', 'a' || i, '{}', '' FROM n",
  "INSERT INTO also_account SELECT 's', 'also' || i, 'tenant' || i FROM n",
  "INSERT INTO ledger SELECT 'rep_x', i, 'decision', 1, NULL, 'dec_x' || i, '{}', NULL, 'p', 'h' FROM n",
  "INSERT INTO ledger_personal SELECT 'rep_x', i, 's', '{}' FROM n",
  "INSERT INTO decision_object SELECT 's', 'object' || i, 'dec_x' || i FROM n",
];

describe("every statement of the PostgreSQL store", () => {
  test("finds its rows by a key: the way of a tool call reads no table from end to end", async () => {
    await using place = await postgresPlace();
    const owner = place.as("owner");
    await owner.unsafe("SET search_path = watchword");
    for (const statement of FILL)
      await owner.unsafe(`WITH n AS (SELECT generate_series(1, ${ROWS}) AS i) ${statement}`);
    await owner.unsafe("ANALYZE");
    const store = await place.open();
    const before = await scans(owner);
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const child = await scenario.startChild(run);
    await store.renewRun(run.id, run.expiresAt + 60, [freshToken()], entryOf("run_renewed"));
    const approval = await scenario.granted(run);
    const minted = await scenario.mint(run, {
      ...scenario.spendingOf(approval),
      budgets: [BUDGET],
      once: { key: "once", windowSeconds: 60 },
    });
    await scenario.spend(run, { token: minted.intent.token });
    await scenario.useOnce(minted, "none");
    const unused = await scenario.mint(child, { budgets: [BUDGET] });
    await store.replaceHandle(unused.lease.id, "another", entryOf("outcome"));
    await store.leasesDue(minted.lease.expiresAt + 1, 10);
    await store.postponeLease(unused.lease.id, minted.lease.expiresAt + 2);
    await store.endLease(unused.lease.id, "revoked", 1, entryOf("revocation"));
    const refused = scenario.intentOf(run, { budgets: [BUDGET] });
    await store.recordIntent(refused);
    await scenario.failMint(refused, true);
    await store.openIntents(1, 10);
    await store.closeOrphan("dec_none", entryOf("recovery"));
    await store.recordRefusal(entryOf("decision"), freshToken());
    await store.putTenant("acme", entryOf("tenant"));
    const connection = {
      tenant: "acme",
      system: "payments",
      account: "acct_1",
      settings: {},
      sealed: new Uint8Array([1]),
      fingerprint: "f",
      revision: 1,
      earlier: null,
    };
    await store.putConnection(connection, entryOf("tenant"));
    const also = { alsoAccounts: ["also7", "b"] };
    await store.putConnection({ ...connection, revision: 2 }, entryOf("tenant"), also);
    await store.renewSecret(
      { ...connection, revision: 2, fingerprint: "renewed", replaces: connection.fingerprint },
      entryOf("tenant"),
    );
    await store.forgetEarlierSecrets(1, entryOf("tenant"));
    await store.expireLease(minted.lease.id, 1, entryOf("revocation"));
    const draw = {
      key: "quota7",
      tenant: "acme",
      wanted: 2,
      least: 1,
      limit: 9,
      windowMilliseconds: 12,
      now: 9,
    };
    await store.drawQuota(draw);
    await store.closeDoor("door:7", 9, entryOf("door"));
    await store.erasePersonal(store.replica, 1, entryOf("personal"));
    await Promise.all([
      store.epochs(["policy", "tenant:acme", `run:${run.id}`]),
      store.run(run.id),
      store.frozen(["tenant:acme", "agent:support"]),
      store.evidence("source", "commit7"),
      store.approval(approval.id),
      store.pendingApprovals("acme", 1),
      store.lease(minted.lease.id),
      store.leaseByHandle(minted.lease.handleHash),
      store.connections("acme"),
      store.ledger({ limit: 10 }),
      store.personal(store.replica, 1),
      store.decisions({ limit: 10 }),
      store.decisions({ tenant: "acme", before: "dec_x", limit: 10 }),
      store.decisionRecords("dec_x7"),
      store.decisionsOfObject("s", "object7"),
      store.activeLeases({ limit: 10, after: "lease_x7" }),
      store.activeLeases({ tenant: "acme", limit: 10 }),
      // The other runs are over then.
      store.livingRuns({ limit: 10, now: 2_000_000_000 }),
      store.livingRuns({ tenant: "acme", limit: 10, now: 2_000_000_000 }),
      store.tenantIds({ limit: 10, after: "tenant7" }),
    ]);
    await store.endRun(run.id, 1, entryOf("run_ended"));
    await store.freeze("tenant:acme", true, 1, entryOf("freeze"));
    await store.freeze("system:payments", true, 1, entryOf("freeze"));
    // A closed connection has told the statistics all that it did.
    await store[Symbol.asyncDispose]();
    const after = await scans(owner);
    const read = [...after].filter(
      ([table, { scanned }]) => !SCANS_BY_DESIGN.has(table) && scanned > (before.get(table)?.scanned ?? 0),
    );
    expect(read).toEqual([]);
    expect(after.get("intent")?.found).toBeGreaterThan(before.get("intent")?.found ?? 0);
  });

  test("has its values bound, never written into its text", async () => {
    const folder = new URL("../src/postgres/", import.meta.url);
    for (const name of await readdir(folder)) {
      // What the owner runs once names roles and tables.
      if (name === "migrate-postgres.ts" || name === "copy-store.ts") continue;
      const source = await readFile(new URL(name, folder), "utf8");
      // A tag in front of a text binds its values.
      for (const [, sql = ""] of source.matchAll(
        /(?<![\w>)])["`]((?:SELECT|INSERT|UPDATE|DELETE|WITH)\s[^"`]+)["`]/g,
      ))
        expect(sql, name).not.toMatch(/\$\{/);
      // No function builds a statement from text.
      expect(source, name).not.toMatch(/\bEXECUTE\b/);
    }
  });
});

/** How often each table was read from end to end, and its rows found by an index. */
async function scans(owner: Sql): Promise<Map<string, { scanned: number; found: number }>> {
  const rows = await owner`
    SELECT relname, coalesce(seq_scan, 0)::int AS scanned, coalesce(idx_scan, 0)::int AS found
    FROM pg_stat_user_tables WHERE schemaname = 'watchword'`;
  return new Map(
    rows.map(({ relname, scanned, found }) => [
      String(relname),
      { scanned: Number(scanned), found: Number(found) },
    ]),
  );
}
