import type { BrokenCheck } from "./checks-to-break.ts";

const GROUP = "packages/broker/src/postgres/write-group-function.ts";
const INTENT = "packages/broker/src/postgres/intent-functions.ts";
const LOCKS = "packages/broker/src/postgres/command-locks.ts";
const DATABASE = "packages/broker/src/postgres/check-database.ts";

const FAULTS = ["packages/broker/test/postgres-faults"];
const REPLICAS = ["packages/broker/test/postgres-replicas"];
const OPENING = ["packages/broker/test/postgres.test"];
const CONTRACT = ["packages/broker/test/postgres.contract"];

/** What several brokers on one PostgreSQL rest on. */
export const POSTGRES_CHECKS: readonly BrokenCheck[] = [
  {
    name: "postgres: what arrives late spends nothing",
    file: "packages/broker/src/postgres/postgres-writer.ts",
    find: "SPENDING.has(name) ? deadline + ahead : undefined",
    replace: "undefined",
    tests: FAULTS,
  },
  {
    name: "postgres: a group that is older than one that was written",
    file: GROUP,
    find: "IF kept.batch >= the_batch THEN",
    replace: "IF false THEN",
    tests: OPENING,
  },
  {
    name: "postgres: a chain whose head somebody changed",
    file: GROUP,
    find: "OR ((head->>'exact')::boolean OR last_sequence = (head->>'sequence')::bigint)",
    replace: "OR false",
    tests: OPENING,
  },
  {
    name: "postgres: a commit that is not flushed",
    file: GROUP,
    find: "IF current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off'",
    replace: "IF false",
    tests: FAULTS,
  },
  {
    name: "postgres: a budget has one reader at a time",
    file: LOCKS,
    find: "...intent.budgets.map(({ key }) => `budget:${key}`),",
    replace: "",
    tests: REPLICAS,
  },
  {
    name: "postgres: epochs inside of the transaction",
    file: INTENT,
    find: "IF epoch_of(pair->>0) <> (pair->>1)::bigint THEN",
    replace: "IF false THEN",
    tests: CONTRACT,
  },
  {
    name: "postgres: a role that could change what is recorded",
    file: DATABASE,
    find: 'if (isTrue(store["mighty"]))',
    replace: "if (false)",
    tests: OPENING,
  },
  {
    name: "postgres: a database that does not flush",
    file: DATABASE,
    find: 'if (server["synchronous"] === "off")',
    replace: "if (false)",
    tests: OPENING,
  },
  {
    name: "postgres: records are only added",
    file: "packages/broker/src/postgres/migrate-postgres.ts",
    find: 'GRANT INSERT ON ${APPEND_ONLY.join(", ")} TO ${role};',
    replace: 'GRANT INSERT, UPDATE, DELETE ON ${APPEND_ONLY.join(", ")} TO ${role};',
    tests: OPENING,
  },
];
