import { type OauthOptions, oauth } from "@watchword/adapter-oauth";
import type { AdapterFixture } from "@watchword/conformance";
import {
  type Adapter,
  type AdapterContext,
  type Authority,
  type Clock,
  type Connection,
  SealedCredential,
  newAction,
  parseArguments,
  findOperation,
  systemClock,
} from "@watchword/core";
import { type OauthTwinOptions, oauthTwin } from "@watchword/emulators/oauth";
import { KEYS, federated } from "./oauth-keys.ts";
import { SCOPES, orders } from "./orders-declaration.ts";

export const DETAILS = "https://orders.example/details/action";

const ACCOUNTS: OauthTwinOptions["accounts"] = {
  acme: {
    orders: { ord_example: { amount: 4200, currency: "USD" }, ord_acme: { amount: 900, currency: "EUR" } },
  },
  globex: {
    orders: { ord_example: { amount: 9900, currency: "EUR" }, ord_globex: { amount: 700, currency: "USD" } },
  },
};

/** What a fixture's server and adapter differ in. */
export interface OauthChanges {
  readonly authorization?: Partial<OauthOptions["authorization"]>;
  readonly twin?: Partial<OauthTwinOptions>;
  readonly clock?: Clock;
  /** Default true. */
  readonly revocable?: boolean;
}

/** The adapter in front of a running server with its API: two tenants, each with a client of its own. */
export async function oauthFixture({
  authorization = {},
  twin: changed = {},
  clock = systemClock,
  revocable = true,
}: OauthChanges = {}) {
  const scopes = ["orders:read", "orders:write"];
  const client = (id: keyof typeof KEYS, accounts: readonly string[], held: readonly string[] = scopes) => ({
    id,
    proof: { keys: [KEYS[id].open] },
    scopes: held,
    accounts,
    details: held === scopes ? [DETAILS] : [],
  });
  const twin = await oauthTwin({
    accounts: ACCOUNTS,
    clients: [
      client("acme", ["acme"]),
      client("globex", ["globex"]),
      client("weak", ["acme", "globex"], ["profile"]),
    ],
    clock,
    ...changed,
  });
  const adapter = oauth(
    {
      ...orders,
      baseUrl: twin.url,
      authorization: {
        issuer: twin.url,
        tokenEndpoint: `${twin.url}/token`,
        ...(revocable ? { revocationEndpoint: `${twin.url}/revoke` } : {}),
        client: "private_key_jwt",
        scopes: SCOPES,
        checkScopes: ["orders:read"],
        ...authorization,
      },
    },
    clock,
  );
  const named = (order: string) => ({
    "orders.retrieve": { order },
    "refunds.create": { order, amount: { minor: 100 } },
    "orders.cancel": { order },
  });
  return {
    adapter,
    twin,
    system: "shop",
    own: connection("acme", "acme", "acme"),
    other: connection("globex", "globex", "globex"),
    unauthenticated: connection("acme", "acme", "acme", KEYS.stranger.secret),
    unpermitted: connection("acme", "acme", "weak"),
    foreign: named("ord_globex"),
    missing: named("ord_nowhere"),
    passedHeaders: [],
    credentials: {
      unauthenticated: new SealedCredential("at_canary_that_nobody_ever_gave"),
      unpermitted: new SealedCredential(twin.give("weak", ["profile"])),
    },
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** A tenant's connection, by the key of one of the server's clients. */
export function connection(
  tenant: string,
  account: string,
  client: keyof typeof KEYS,
  secret: string = KEYS[client].secret,
): Connection {
  return {
    tenant,
    system: "shop",
    account,
    settings: { clientId: client },
    secret: new SealedCredential(secret),
  };
}

/** A context in which the broker's federation issuer vouches for a tenant. */
export function contextOf(at: Connection, clock: Clock = systemClock): AdapterContext {
  return {
    connection: at,
    fetch: (input, init) => fetch(input, init),
    clock,
    signal: new AbortController().signal,
    federationToken: (audience) => federated(audience, clock),
  };
}

/** The authority of an operation on acme's own order, unless it is changed. */
export function authorityOf(
  adapter: Adapter,
  name: string,
  values?: Readonly<Record<string, unknown>>,
): Authority {
  const entry = findOperation(adapter.catalogue, name);
  if (entry === undefined) throw new TypeError(`no operation ${name}`);
  return adapter.plan({
    ...newAction({
      system: "shop",
      operation: name,
      resource: {},
      arguments: parseArguments(entry, values ?? entry.example),
    }),
    resource: { account: "acme" },
  });
}
