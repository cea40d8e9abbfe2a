import { randomBytes } from "node:crypto";
import {
  type AdapterContext,
  type Authority,
  type Minted,
  Refusal,
  numericDate,
  sameAuthority,
} from "@watchword/core";
import { type Admin, asAdmin } from "./as-admin.ts";
import { connectionUrl } from "./connection-url.ts";
import { quoted } from "./names.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { type GrantedRole, readGranted } from "./read-granted.ts";
import { roleSettings, settingStatement } from "./role-settings.ts";
import { ACCESS_SCHEMA, rowSecurityProblem } from "./row-security.ts";
import { scramVerifier } from "./scram-verifier.ts";
import { sweepRoles } from "./sweep-roles.ts";
import { type DeclaredTable, declaredTable, grantedPart, tableGrants } from "./table-grants.ts";

const MINT_MILLISECONDS = 10_000;

/**
 * Makes the role of one authority, in one transaction that also reads back what the server makes of it: a role that may more than was
 * planned, or whose rows nothing holds to the tenant, was never there.
 *
 * @throws Refusal `tenant_mismatch` before anything is asked; `downstream_refused`, `credential_wider` when nothing was made;
 * `downstream_unavailable` when that is not known, and then the role that may be there is nobody's and is swept after its end
 */
export async function mintRole(
  settings: PostgresSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  const { connection, clock, minting } = context;
  if (authority.resource["tenant"] !== connection.account)
    throw new Refusal("tenant_mismatch", {
      detail: "the authority is for the rows of another tenant",
      failedFact: "tenant",
    });
  const now = numericDate(clock);
  const seconds = Math.min(settings.lifeSeconds, (minting?.leaseEndsAt ?? Infinity) - now);
  if (seconds < 1)
    throw new Refusal("downstream_refused", {
      detail: "postgres: the lease is over before there is a role for it",
      failedFact: "time",
    });
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]);
  const role = `${settings.rolePrefix}${randomBytes(16).toString("hex")}`;
  const password = randomBytes(32).toString("base64url");
  const wish: Wish = { settings, authority, role, seconds, verifier: await scramVerifier(password) };
  const granted = await asAdmin(settings, { connection, signal }, async (admin) => {
    await sweepRoles(settings, admin);
    return admin.transaction((inner) => makeRole(inner, wish));
  });
  return {
    credential: connectionUrl(settings, { role, password }),
    kind: "database-role",
    granted,
    nativeExpiresAt: now + seconds,
  };
}

interface Wish {
  readonly settings: PostgresSettings;
  readonly authority: Authority;
  readonly role: string;
  readonly seconds: number;
  readonly verifier: string;
}

async function makeRole(admin: Admin, wish: Wish): Promise<Authority> {
  const { settings, authority, role, seconds } = wish;
  const table = declaredTable(settings, authority.arguments["table"]);
  const problem = await rowSecurityProblem(admin, table);
  if (problem !== undefined)
    throw new Refusal("downstream_refused", {
      detail: `postgres: ${problem}; next: run setupSql(options) for it again`,
      failedFact: "credential",
    });
  const [{ until, connects, uses } = {}] = await admin.query(
    `SELECT to_char((clock_timestamp() + make_interval(secs => $1::int)) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' AS until,
      has_database_privilege('public', current_database(), 'CONNECT') AS connects,
      has_schema_privilege('public', $2, 'USAGE') AS uses`,
    [seconds, table.schema],
  );
  await admin.run(
    roleStatements(wish, table, { until: String(until), connects: connects === true, uses: uses === true }),
  );
  await admin.query(
    `INSERT INTO ${ACCESS_SCHEMA}.leased (role, tenant, row_key, ends_at) VALUES ($1, $2, $3, $4::timestamptz)`,
    [role, authority.resource["tenant"] ?? "", textOf(authority.arguments["key"]), String(until)],
  );
  const granted = grantedBy(authority, await readGranted(admin, role), seconds);
  // INVARIANT: compared before the end of the transaction, so that a wider role is one that nobody ever saw.
  if (!sameAuthority(authority, granted)) throw differing(authority, granted);
  return granted;
}

interface Found {
  readonly until: string;
  /** What everybody may do already. */
  readonly connects: boolean;
  readonly uses: boolean;
}

function roleStatements(
  { settings, authority, role, verifier }: Wish,
  table: DeclaredTable,
  { until, connects, uses }: Found,
): readonly string[] {
  const name = quoted(role);
  const target = `${quoted(table.schema)}.${quoted(table.table)}`;
  const grants = tableGrants(authority.operation, table, authority.arguments);
  return [
    // Changes of one object's privileges by two at once fail; no tool may lock this table.
    `LOCK TABLE ${ACCESS_SCHEMA}.leased IN SHARE ROW EXCLUSIVE MODE`,
    `CREATE ROLE ${name} LOGIN NOSUPERUSER NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
      CONNECTION LIMIT ${settings.connections} PASSWORD '${verifier}' VALID UNTIL '${until}'`,
    // Whoever may end its sessions and drop what it owns must be a member of it.
    `GRANT ${name} TO ${quoted(settings.admin)}`,
    ...Object.entries(roleSettings(settings, authority.access, table)).map(([parameter, values]) =>
      settingStatement(role, parameter, values),
    ),
    ...(connects ? [] : [`GRANT CONNECT ON DATABASE ${quoted(settings.database)} TO ${name}`]),
    ...(uses ? [] : [`GRANT USAGE ON SCHEMA ${quoted(table.schema)} TO ${name}`]),
    ...grants.map((each) => `GRANT ${grantedPart(each)} ON ${target} TO ${name}`),
  ];
}

/** What was granted is what the server says, never what was asked. */
function grantedBy(
  authority: Authority,
  { attributes, connections, seconds, memberships, privileges, functions, settings, rows }: GrantedRole,
  asked: number,
): Authority {
  const { key: _key, ...others } = authority.arguments;
  return {
    ...authority,
    resource: { tenant: rows.tenant },
    arguments: rows.key === null ? others : { ...others, key: rows.key },
    native: {
      database: authority.native["database"] ?? "",
      attributes,
      connections,
      memberships,
      privileges,
      functions,
      settings,
      rows: rows.key === null ? "of the tenant" : "the one of the key",
      ...(seconds <= asked ? {} : { seconds }),
    },
  };
}

/** More than was planned, or less: an admin that may not give something is told so in a notice, and not by an error. */
function differing(authority: Authority, granted: Authority): Refusal {
  const more = beyond(granted, authority);
  const less = beyond(authority, granted);
  if (more.length === 0 && less.length > 0)
    return new Refusal("downstream_refused", {
      detail: `postgres: required ${less.join(", ")}, held nothing of it; next: run setupSql(options) again`,
      failedFact: "credential",
    });
  return new Refusal("credential_wider", {
    detail: `postgres: the role would have ${more.join(", ") || "other rows"}; next: run the self-check of the connection`,
    failedFact: "credential",
  });
}

/** What of `one` is not in `other`, the first few of it. */
function beyond(one: Authority, other: Authority): readonly string[] {
  return Object.entries(one.native)
    .flatMap(([name, value]) => {
      const against = other.native[name];
      const [values, others] = [value, against].map((each) => (Array.isArray(each) ? each : [each]));
      return (values ?? [])
        .filter((each) => others?.includes(each) !== true)
        .map((each) => `${name} ${String(each)}`);
    })
    .slice(0, 5);
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
