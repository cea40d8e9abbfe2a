import type { BrokenCheck } from "./checks-to-break.ts";

const PROLONG = "packages/broker/src/prolong-lease.ts";
const SQLITE = "packages/broker/src/sqlite/prolong-lease.ts";
const POSTGRES = "packages/broker/src/postgres/prolong-functions.ts";

const JOB = ["packages/broker/test/leases-job.test"];
const IN_SQLITE = ["packages/broker/test/sqlite.contract"];
const IN_POSTGRES = ["packages/broker/test/postgres.contract"];

/** What a lease that is prolonged rests on, in the broker and in both stores. */
export const JOB_CHECKS: readonly BrokenCheck[] = [
  {
    name: "job: the grant is as it was",
    file: PROLONG,
    find: "lease.job.grantDigest === permission.grantDigest",
    replace: "lease.job.grantDigest !== undefined",
    tests: JOB,
  },
  {
    name: "job: a handle that its holder revoked is prolonged no more",
    file: "packages/broker/src/revoke-token.ts",
    find: "if (lease.job !== undefined)",
    replace: "if (lease.job === null)",
    tests: JOB,
  },
  {
    name: "job: what only the mint of a job's credential knows bounds it",
    file: "packages/broker/src/lease-end.ts",
    find: "    nativeExpiresAt ?? Infinity,\n",
    replace: "",
    tests: JOB,
  },
  {
    name: "job: an assertion prolongs once",
    file: SQLITE,
    find: "if (!spendToken(state, prolongation.token))",
    replace: "if (prolongation.now < 0)",
    tests: IN_SQLITE,
  },
  {
    name: "job: an end before its time is an end",
    file: SQLITE,
    find: "lease.expiresAt !== endsAt || ",
    replace: "",
    tests: IN_SQLITE,
  },
  {
    name: "job: what is due is not prolonged",
    file: SQLITE,
    find: ' || row["due_at"] !== endsAt',
    replace: "",
    tests: IN_SQLITE,
  },
  {
    name: "job: no step beyond the last end",
    file: SQLITE,
    find: " || prolongation.until > (lease.job?.until ?? 0)",
    replace: "",
    tests: IN_SQLITE,
  },
  {
    name: "PostgreSQL job: an end before its time is an end",
    file: POSTGRES,
    find: " OR (told->>'expiresAt')::bigint <> kept.expires_at",
    replace: "",
    tests: IN_POSTGRES,
  },
  {
    name: "PostgreSQL job: no step once the use is settled",
    file: POSTGRES,
    find: "WHERE lease_id = wanted->>'leaseId' AND effect IS NULL",
    replace: "WHERE lease_id = wanted->>'leaseId'",
    tests: IN_POSTGRES,
  },
];
