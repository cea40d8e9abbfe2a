import type { BrokenCheck } from "./checks-to-break.ts";

const ADAPTER = "packages/adapters/postgres/src";
const TESTS = "packages/adapters/postgres/test";

const ROLES = [`${TESTS}/postgres.test`];
const MINT = [`${TESTS}/postgres-mint.test`];
const CHECK = [`${TESTS}/postgres-check.test`];
const TLS = [`${TESTS}/postgres-tls.test`];
const CONTRACT = [`${TESTS}/postgres.contract.test`];
const OPTIONS = [`${TESTS}/options.test`];

/** What a role at a database rests on: what it may, whose rows it sees, and that it ends. */
export const DATABASE_ROLE_CHECKS: readonly BrokenCheck[] = [
  {
    name: "database role: what the server makes of it is compared",
    file: `${ADAPTER}/mint-role.ts`,
    find: "if (!sameAuthority(authority, granted)) throw differing(authority, granted);",
    replace: "",
    tests: MINT,
  },
  {
    name: "database role: another tenant's authority",
    file: `${ADAPTER}/mint-role.ts`,
    find: 'if (authority.resource["tenant"] !== connection.account)',
    replace: "if (false)",
    tests: CONTRACT,
  },
  {
    name: "database role: no longer than its lease",
    file: `${ADAPTER}/mint-role.ts`,
    find: "(minting?.leaseEndsAt ?? Infinity) - now",
    replace: "Infinity",
    tests: MINT,
  },
  {
    name: "database role: its password in no statement",
    file: `${ADAPTER}/mint-role.ts`,
    find: "verifier: await scramVerifier(password)",
    replace: "verifier: password",
    tests: MINT,
  },
  {
    name: "database role: what PUBLIC may",
    file: `${ADAPTER}/read-granted.ts`,
    find: '"ARRAY[0::oid, r.oid]"',
    replace: '"ARRAY[r.oid]"',
    tests: MINT,
  },
  {
    name: "database role: functions that act as somebody else",
    file: `${ADAPTER}/read-granted.ts`,
    find: "SELECT oid FROM pg_proc WHERE prosecdef",
    replace: "SELECT oid FROM pg_proc WHERE false",
    tests: MINT,
  },
  {
    name: "database role: functions that PostgreSQL keeps from PUBLIC",
    file: `${ADAPTER}/read-granted.ts`,
    find: "i.privtype = 'i'",
    replace: "i.privtype = 'x'",
    tests: MINT,
  },
  {
    name: "database role: row level security is on",
    file: `${ADAPTER}/row-security.ts`,
    find: "if (!enabled)",
    replace: "if (false)",
    tests: MINT,
  },
  {
    name: "database role: row level security is forced",
    file: `${ADAPTER}/row-security.ts`,
    find: "if (!forced)",
    replace: "if (false)",
    tests: MINT,
  },
  {
    name: "database role: one more policy for everybody",
    file: `${ADAPTER}/row-security.ts`,
    find: "return more === undefined ? undefined",
    replace: "return true ? undefined",
    tests: MINT,
  },
  {
    name: "database role: the words of a policy",
    file: `${ADAPTER}/row-security.ts`,
    find: "one.using === other.using &&",
    replace: "",
    tests: MINT,
  },
  {
    name: "database role: a policy that lets more be written",
    file: `${ADAPTER}/row-security.ts`,
    find: "one.check === other.check",
    replace: "true",
    tests: MINT,
  },
  {
    name: "database role: rows end with the lease",
    file: `${ADAPTER}/setup-sql.ts`,
    find: " AND l.ends_at > clock_timestamp()",
    replace: "",
    tests: ROLES,
  },
  {
    name: "database role: columns that were declared",
    file: `${ADAPTER}/table-grants.ts`,
    find: "columns.every((column) => declared.includes(column))",
    replace: "true",
    tests: ROLES,
  },
  {
    name: "database role: rows that were declared to be deletable",
    file: `${ADAPTER}/table-grants.ts`,
    find: "if (!table.deletable)",
    replace: "if (false)",
    tests: ROLES,
  },
  {
    name: "database role: no login after its end",
    file: `${ADAPTER}/end-role.ts`,
    find: "await admin.run([`ALTER ROLE ${quoted(role)} NOLOGIN`]);",
    replace: "",
    tests: ROLES,
  },
  {
    name: "database role: its sessions end with it",
    file: `${ADAPTER}/end-role.ts`,
    find: "bool_and(pg_terminate_backend(pid, ${TERMINATE_MILLISECONDS}))",
    replace: "bool_and(pid > 0)",
    tests: ROLES,
  },
  {
    name: "database role: none but ours is ended",
    file: `${ADAPTER}/connection-url.ts`,
    find: "return rolePattern(rolePrefix).test(role) ? role : undefined;",
    replace: "return role;",
    tests: ROLES,
  },
  {
    name: "database role: none but ours is swept",
    file: `${ADAPTER}/sweep-roles.ts`,
    find: ".filter((role) => rolePattern(rolePrefix).test(role))",
    replace: "",
    tests: MINT,
  },
  {
    name: "database role: what was left behind is swept",
    file: `${ADAPTER}/mint-role.ts`,
    find: "await sweepRoles(settings, admin);",
    replace: "",
    tests: MINT,
  },
  {
    name: "database: TLS before anything is said",
    file: `${ADAPTER}/as-admin.ts`,
    find: "ssl: tls ? secure : false,",
    replace: "ssl: false,",
    tests: TLS,
  },
  {
    name: "database: a certificate that somebody vouches for",
    file: `${ADAPTER}/as-admin.ts`,
    find: "rejectUnauthorized: true,",
    replace: "rejectUnauthorized: false,",
    tests: TLS,
  },
  {
    name: "database: a certificate of this host",
    file: `${ADAPTER}/as-admin.ts`,
    find: "checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),",
    replace: "checkServerIdentity: () => undefined,",
    tests: TLS,
  },
  {
    name: "database: every host but this machine needs TLS",
    file: `${ADAPTER}/postgres-options.ts`,
    find: "options.ca !== undefined || !isLoopback(options.host)",
    replace: "options.ca !== undefined",
    tests: OPTIONS,
  },
  {
    name: "database: a server that lets everybody in",
    file: `${ADAPTER}/check-connection.ts`,
    find: "return [...found, await checkPasswords(settings, signal)];",
    replace: "return found;",
    tests: CHECK,
  },
  {
    name: "database: an admin that is a superuser",
    file: `${ADAPTER}/check-admin.ts`,
    find: "\n    superuser && {",
    replace: "\n    false && {",
    tests: CHECK,
  },
  {
    name: "database: the functions that policies ask",
    file: `${ADAPTER}/check-tables.ts`,
    find: "if (!same)",
    replace: "if (false)",
    tests: CHECK,
  },
  {
    name: "database role: an action that names another tenant",
    file: `${ADAPTER}/complete-action.ts`,
    find: "if (tenant !== undefined && tenant !== account)",
    replace: "if (false)",
    tests: [`${TESTS}/postgres-boundary.test`],
  },
  {
    name: "policy: a system without requests is released",
    file: "packages/policy/src/check-custody.ts",
    find: 'if (grant.custody === "gateway" && capabilities.requests !== "none") return [];',
    replace: 'if (grant.custody === "gateway") return [];',
    tests: ["packages/policy/test/custody.test"],
  },
];
