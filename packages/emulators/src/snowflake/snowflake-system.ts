import {
  type Access,
  type Adapter,
  type Authority,
  type Clock,
  type GatewayRequest,
  SealedCredential,
  type ValueMap,
  newAction,
  parseArguments,
  parseStrictJson,
} from "@watchword/core";
import { type SnowflakeTwin, snowflakeTwin } from "./snowflake-twin.ts";
import type { AccountSeed, IntegrationSeed, RoleSeed, StatementSeed } from "./twin-options.ts";

/** Options of {@link snowflakeSystem}. */
export interface SnowflakeSystemOptions {
  /** The tenant whose agents act, and another: `acme` has the account `acme-prod`. Default `acme` and `globex`. */
  readonly tenants?: { readonly own: string; readonly other: string };
  /** Settings of both connections, for what the adapter's options leave to them. */
  readonly settings?: ValueMap;
  /** Further arguments by operation, for what is counted or may happen once. */
  readonly more?: Readonly<Record<string, readonly ValueMap[]>>;
}

/** A tenant at Snowflake: an account, and no secret. */
export interface SnowflakeConnection {
  readonly tenant: string;
  readonly system: string;
  readonly account: string;
  readonly settings: ValueMap;
}

/** A Snowflake that runs for one world: the adapter over a twin, and the accounts of two tenants. */
export interface SnowflakeSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: SnowflakeTwin;
  readonly own: SnowflakeConnection;
  readonly other: SnowflakeConnection;
  /** None: what is in an account is its tenant's. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  readonly missing: Readonly<Record<string, ValueMap>>;
  readonly more: Readonly<Record<string, readonly ValueMap[]>>;
  /** Takes off session parameters and the request's id, which are the gateway's. */
  unstamped(request: GatewayRequest): GatewayRequest;
}

/** What a world hands to its systems. */
export interface SnowflakeWorld {
  readonly clock: Clock;
  readonly name: string;
  /** Whom the accounts trust; left out: nobody. */
  readonly federation?: { readonly issuer: string; keys(): Promise<object> };
}

/**
 * A warehouse for `boundary({ systems })`: your adapter over a twin in which two accounts trust the world's broker and compute every
 * statement that the adapter declares. The roles may do more than any of them, so that nothing but the boundary holds an agent.
 *
 * @param snowflake the adapter's factory
 *
 * @example
 * ```ts
 * const warehouse = snowflakeSystem((twin) => snowflake({ ...orders, ...twin }));
 * ```
 */
export function snowflakeSystem(
  snowflake: (twin: { readonly baseUrl: string }) => Adapter,
  options: SnowflakeSystemOptions = {},
): (world: SnowflakeWorld) => Promise<SnowflakeSystem> {
  const { tenants = { own: "acme", other: "globex" }, settings = {}, more = {} } = options;
  return async ({ clock, name, federation }) => {
    const connection = (tenant: string): SnowflakeConnection => ({
      tenant,
      system: name,
      account: `${tenant}-prod`,
      settings,
    });
    const own = connection(tenants.own);
    // What is declared, an adapter tells before it has an address: nothing is asked of anybody.
    const declared = await declaredBy(snowflake({ baseUrl: "http://127.0.0.1:1" }), own, clock);
    const trusted: IntegrationSeed = federation ?? { issuer: "nobody", keys: async () => ({ keys: [] }) };
    const account = (tenant: string): AccountSeed =>
      accountOf(`tenant:${tenant}:system:${name}`, trusted, declared);
    const twin = await snowflakeTwin({
      clock,
      accounts: {
        [`${tenants.own}-prod`]: account(tenants.own),
        [`${tenants.other}-prod`]: account(tenants.other),
      },
    });
    return {
      // Tools address Snowflake, as they do in production: nothing but the adapter knows of the twin.
      adapter: snowflake({ baseUrl: twin.url }),
      twin,
      own,
      other: connection(tenants.other),
      foreign: {},
      missing: {},
      more,
      unstamped,
      [Symbol.asyncDispose]: () => twin.close(),
    };
  };
}

/** A statement that an adapter declares: its text, and where it runs. */
interface DeclaredStatement {
  readonly text: string;
  readonly access: Access;
  readonly resource: Authority["resource"];
}

async function declaredBy(
  adapter: Adapter,
  connection: SnowflakeConnection,
  clock: Clock,
): Promise<readonly DeclaredStatement[]> {
  const context = {
    connection: { ...connection, secret: new SealedCredential("there-is-none") },
    fetch,
    clock,
    signal: new AbortController().signal,
  };
  const declared = await Promise.all(
    Object.values(adapter.catalogue.operations)
      // What is done by a handle has no text.
      .filter((entry) => !entry.decided.includes("decision"))
      .map(async (entry): Promise<DeclaredStatement> => {
        const action = newAction({
          system: connection.system,
          operation: entry.name,
          resource: {},
          arguments: parseArguments(entry, entry.example),
        });
        const facts = await adapter.resolve(action, context);
        const authority = adapter.plan({ ...action, ...adapter.complete(action, facts, connection.account) });
        const { body } = adapter.enforce(authority, BLANK, { decisionId: "none", idempotencyKey: "none" });
        const { statement } = parseStrictJson(body ?? "{}") as { statement?: unknown };
        if (typeof statement !== "string") throw new TypeError(`twin: ${entry.name} has no statement`);
        return { text: statement, access: entry.access, resource: authority.resource };
      }),
  );
  return declared;
}

const BLANK: GatewayRequest = Object.freeze({
  method: "GET",
  path: "/",
  query: [],
  headers: {},
  body: new Uint8Array(),
});

/** An account with one table, which every statement is about. */
function accountOf(
  login: string,
  integration: IntegrationSeed,
  declared: readonly DeclaredStatement[],
): AccountSeed {
  const roles: Record<string, RoleSeed> = {};
  const statements: Record<string, StatementSeed> = {};
  const tables: Record<string, AccountSeed["tables"][string]> = {};
  for (const { text, access, resource } of declared) {
    const { role = "", warehouse = "", database = "", schema = "" } = resource;
    const table = `${database}.${schema}.ROWS`;
    tables[table] = [{ id: "1" }];
    const held = roles[role]?.tables[table] ?? [];
    roles[role] = {
      warehouses: [warehouse],
      tables: {
        ...roles[role]?.tables,
        [table]: access === "read" ? [...held, "SELECT"] : [...held, "UPDATE"],
      },
    };
    statements[text] = {
      needs: { [table]: access === "read" ? "SELECT" : "UPDATE" },
      run: () => (access === "read" ? { columns: ["ID"], rows: [["1"]] } : { changed: 1 }),
    };
  }
  const user = { name: "WATCHWORD", roles: Object.keys(roles) };
  return { integration, users: { [login]: user }, roles, tables, statements };
}

function unstamped(request: GatewayRequest): GatewayRequest {
  const query = request.query.filter(([name]) => name !== "requestId");
  if (request.body.byteLength === 0) return { ...request, query };
  const { parameters: _stamped, ...body } = parseStrictJson(request.body) as Record<string, unknown>;
  return { ...request, query, body: new TextEncoder().encode(JSON.stringify(body)) };
}
