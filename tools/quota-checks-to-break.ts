import type { BrokenCheck } from "./checks-to-break.ts";

const BROKER = "packages/broker/src";
const QUOTAS = `${BROKER}/quotas/quotas.ts`;
const SLICES = `${BROKER}/quotas/quota-slices.ts`;
const FETCH = `${BROKER}/quotas/metered-fetch.ts`;
const STORE = `${BROKER}/sqlite/write-quotas.ts`;
const DATABASE = `${BROKER}/postgres/quota-functions.ts`;

const WAY = ["packages/broker/test/quotas.test"];
const SLICED = ["packages/broker/test/quota-slices.test"];
const SQLITE = ["packages/broker/test/sqlite.contract"];
const POSTGRES = ["packages/broker/test/postgres.contract"];

/** What keeps systems from being asked more than they allow, by any replica and for any tenant. */
export const QUOTA_CHECKS: readonly BrokenCheck[] = [
  {
    name: "quotas: a request is drawn before it leaves",
    file: FETCH,
    find: '      await context.quotas.draw(account, access, begun ? "begun" : "new");\n',
    replace: "",
    tests: WAY,
  },
  {
    name: "quotas: an answer that says too much closes the door",
    file: FETCH,
    find: "if (seconds === undefined) return response;",
    replace: "if (response.ok || seconds !== undefined) return response;",
    tests: WAY,
  },
  {
    name: "quotas: what is for an end looks at the door in the store",
    file: FETCH,
    find: 'let looked = purpose === "deciding";',
    replace: "let looked = true;",
    tests: WAY,
  },
  {
    name: "quotas: an act looks at the door in the store",
    file: `${BROKER}/read-standing.ts`,
    find: "  context.quotas.seen(account, until);\n",
    replace: "",
    tests: WAY,
  },
  {
    name: "quotas: a tool's request is drawn before its use is claimed",
    file: `${BROKER}/broker-lease-directory.ts`,
    find: '    await context.quotas.draw(account, access, "tool");\n',
    replace: "",
    tests: WAY,
  },
  {
    name: "quotas: a tool's request looks at the door",
    file: `${BROKER}/broker-lease-directory.ts`,
    find: "    await context.quotas.look(account);\n",
    replace: "",
    tests: WAY,
  },
  {
    name: "quotas: what the system tells a tool closes the door",
    file: `${BROKER}/broker-lease-directory.ts`,
    find: "if (account !== undefined) await context.quotas.close(account, outcome.retryAfterSeconds);",
    replace: "void account;",
    tests: WAY,
  },
  {
    name: "quotas: a mint after something got through is not definite",
    file: `${BROKER}/authorize-mint.ts`,
    find: "throw new MintFailure(limit, meter?.reached === 0);",
    replace: "throw new MintFailure(limit, true);",
    tests: WAY,
  },
  {
    name: "quotas: a question about evidence that was not asked is told as that",
    file: `${BROKER}/evidence/read-evidence.ts`,
    find: "if (limit !== undefined) throw limit;",
    replace: "",
    tests: WAY,
  },
  {
    name: "quotas: an end that may not be asked for now is not given up",
    file: `${BROKER}/sweep-leases.ts`,
    find: 'outcome === "unknown" && retryAfterSeconds !== undefined',
    replace: 'outcome !== "unknown" && retryAfterSeconds !== undefined',
    tests: WAY,
  },
  {
    name: "quotas: the lowest of those that count the same",
    file: QUOTAS,
    find: "if (limit < (kept.get(name)?.limit ?? Infinity)) kept.set(name, quota);",
    replace: "kept.set(name, quota);",
    tests: WAY,
  },
  {
    name: "quotas: of a shared account each tenant has a part",
    file: QUOTAS,
    find: 'tenant: shared && per === "account" ? tenant : "",',
    replace: 'tenant: "",',
    tests: WAY,
  },
  {
    name: "quotas: a part is kept for what has begun",
    file: SLICES,
    find: "limit - Math.floor(limit / RESERVE)",
    replace: "limit",
    tests: WAY,
  },
  {
    name: "quotas: a slice is worth nothing after its part of the window",
    file: SLICES,
    find: "this.#clock.now() >= slice.until || slice.left < units",
    replace: "slice.left < units",
    tests: SLICED,
  },
  {
    name: "SQLite quotas: one part more than the window counts",
    file: STORE,
    find: 'drawn(state, key, "", bucket - PARTS * width);',
    replace: 'drawn(state, key, "", bucket - (PARTS - 2) * width);',
    tests: SQLITE,
  },
  {
    name: "SQLite quotas: nobody has more than three times what is left",
    file: STORE,
    find: "Math.floor((3 * free - own) / 4)",
    replace: "free",
    tests: SQLITE,
  },
  {
    name: "SQLite quotas: a door is never opened early",
    file: STORE,
    find: "  if (epochOf(state.database, door) >= until) return false;\n",
    replace: "",
    tests: SQLITE,
  },
  {
    name: "PostgreSQL quotas: no more than is free",
    file: DATABASE,
    find: "units := least((item->>'wanted')::bigint, free);",
    replace: "units := (item->>'wanted')::bigint;",
    tests: POSTGRES,
  },
  {
    name: "PostgreSQL quotas: nobody has more than three times what is left",
    file: DATABASE,
    find: "floor((3 * free - own) / 4.0)::bigint",
    replace: "free",
    tests: POSTGRES,
  },
  {
    name: "PostgreSQL quotas: a door is never opened early",
    file: DATABASE,
    find: " WHERE epoch.value < excluded.value;",
    replace: ";",
    tests: POSTGRES,
  },
  {
    name: "PostgreSQL quotas: one counter is drawn from by one replica at a time",
    file: `${BROKER}/postgres/command-locks.ts`,
    find: "drawQuota: ({ key }) => ({ exclusive: [`quota:${key}`] }),",
    replace: "drawQuota: () => ({}),",
    tests: POSTGRES,
  },
];
