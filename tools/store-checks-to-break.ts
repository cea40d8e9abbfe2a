import type { BrokenCheck } from "./checks-to-break.ts";

const CONNECTIONS = "packages/broker/src/sqlite/write-connections.ts";
const OPERATORS = "packages/broker/src/sqlite/write-operators.ts";
const FUNCTIONS = "packages/broker/src/postgres/operator-functions.ts";
const ACCOUNTS = "packages/broker/src/postgres/account-functions.ts";

const SQLITE = ["packages/broker/test/sqlite.contract"];
const POSTGRES = ["packages/broker/test/postgres.contract"];

/** What connections and an operator's stop rest on, in both stores. */
export const STORE_CHECKS: readonly BrokenCheck[] = [
  {
    name: "store: an account is one tenant's",
    file: CONNECTIONS,
    find: "if (!rest.sharedAccount && [account, ...alsoAccounts].some(",
    replace: "if (rest.revision < 0 && [account, ...alsoAccounts].some(",
    tests: SQLITE,
  },
  {
    name: "store: what a connection opens besides is nobody else's",
    file: CONNECTIONS,
    find: "[account, ...alsoAccounts].some(",
    replace: "[account].some(",
    tests: SQLITE,
  },
  {
    name: "store: what a connection opens besides is taken",
    file: CONNECTIONS,
    find: '    "SELECT 1 AS taken FROM also_account WHERE system = ? AND account = ? AND tenant <> ? LIMIT 1",\n',
    replace: "",
    tests: SQLITE,
  },
  {
    name: "PostgreSQL store: an account is one tenant's",
    file: ACCOUNTS,
    find: "    is_taken(item->>'system', item->>'account', item->>'tenant')\n    OR EXISTS",
    replace: "    EXISTS",
    tests: POSTGRES,
  },
  {
    name: "PostgreSQL store: what a connection opens besides is taken",
    file: ACCOUNTS,
    find: "\n    OR EXISTS (SELECT FROM also_account WHERE",
    replace: "\n    OR EXISTS (SELECT FROM also_account WHERE system = '' AND",
    tests: POSTGRES,
  },
  {
    name: "store: a connection is changed by whoever saw its last revision",
    file: CONNECTIONS,
    find: 'if (rest.revision !== Number(kept?.["revision"] ?? 0) + 1) return "stale";',
    replace: "",
    tests: SQLITE,
  },
  {
    name: "store: nothing begins in the disk's reserved room",
    file: "packages/broker/src/sqlite/writer-thread.ts",
    find: "if (room.refuses(name)) return",
    replace: "if (room.refuses(name) && false) return",
    tests: ["packages/broker/test/faults"],
  },
  {
    name: "store: a stopped lease is over",
    file: OPERATORS,
    find: "SET expires_at = ?, due_at = 0",
    replace: "SET expires_at = max(expires_at, ?), due_at = 0",
    tests: SQLITE,
  },
  {
    name: "store: a stopped lease has no use left, whatever a replica's clock says",
    file: OPERATORS,
    find: ", max_uses = uses",
    replace: "",
    tests: SQLITE,
  },
  {
    name: "postgres: connections are changed by one replica at a time",
    file: "packages/broker/src/postgres/command-locks.ts",
    find: "putConnection: alone,",
    replace: "putConnection: () => ({}),",
    tests: POSTGRES,
  },
  {
    name: "postgres: a connection is changed by whoever saw its last revision",
    file: ACCOUNTS,
    find: "IF (item->>'revision')::bigint <> coalesce(kept, 0) + 1 THEN RETURN; END IF;",
    replace: "",
    tests: POSTGRES,
  },
  {
    name: "postgres: a stopped lease is over",
    file: FUNCTIONS,
    find: "SET expires_at = (item->>'now')::bigint, due_at = 0",
    replace: "SET expires_at = greatest(expires_at, (item->>'now')::bigint), due_at = 0",
    tests: POSTGRES,
  },
  {
    name: "postgres: a stopped lease has no use left, whatever a replica's clock says",
    file: FUNCTIONS,
    find: ", max_uses = uses",
    replace: "",
    tests: POSTGRES,
  },
];
