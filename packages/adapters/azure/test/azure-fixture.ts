import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { type AzureOptions, azure } from "@watchword/adapter-azure";
import type { AdapterFixture } from "@watchword/conformance";
import {
  type Adapter,
  type AdapterContext,
  type Authority,
  type Clock,
  type Connection,
  SealedCredential,
  findOperation,
  newAction,
  numericDate,
  parseArguments,
  randomToken,
  systemClock,
} from "@watchword/core";
import { type AzureTwinOptions, azureTwin } from "@watchword/emulators/azure";
import { ROLES, orders } from "./orders-declaration.ts";

export const DIRECTORY = "11111111-1111-4111-8111-111111111111";
export const APPS = {
  reader: "aaaaaaaa-0000-4000-8000-00000000000a",
  writer: "aaaaaaaa-0000-4000-8000-00000000000b",
  theirReader: "bbbbbbbb-0000-4000-8000-00000000000a",
  theirWriter: "bbbbbbbb-0000-4000-8000-00000000000b",
  /** No federated credential trusts the broker for it. */
  stranger: "cccccccc-0000-4000-8000-00000000000a",
  /** Trusted, and without any role. */
  powerless: "cccccccc-0000-4000-8000-00000000000b",
} as const;
const ISSUER = "https://federation.broker.example";
const RESOURCE = "api://orders";

const federation = generateKeyPairSync("ec", { namedCurve: "P-256" });
const entra = generateKeyPairSync("rsa", { modulusLength: 2048 });
const FEDERATION_KEY = federation.privateKey.export({ format: "jwk" });

/** A token of the broker's federation issuer, as the broker signs it for a tenant's system. */
async function federated(
  audience: string,
  { tenant, system }: Pick<Connection, "tenant" | "system">,
  clock: Clock = systemClock,
): Promise<SealedCredential> {
  const iat = numericDate(clock);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const input = `${encode({ alg: "ES256", typ: "JWT", kid: "1" })}.${encode({
    iss: ISSUER,
    sub: `tenant:${tenant}:system:${system}`,
    aud: audience,
    iat,
    exp: iat + 60,
    jti: randomToken(16),
  })}`;
  const key = createPrivateKey({ key: FEDERATION_KEY, format: "jwk" });
  return new SealedCredential(
    `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`,
  );
}

/** What a fixture's twin and adapter differ in. */
export interface AzureChanges {
  readonly entra?: Partial<AzureOptions["entra"]>;
  readonly twin?: Partial<AzureTwinOptions>;
  readonly clock?: Clock;
  /** Whether the adapter knows the directory for all connections. Default true. */
  readonly directory?: boolean;
}

/** The adapter in front of a running Entra with an API: two tenants in one directory, each with an app to read and one to write. */
export async function azureFixture({
  entra: changes = {},
  twin: more = {},
  clock = systemClock,
  directory = true,
}: AzureChanges = {}) {
  const app = (tenant: string, roles: readonly string[], accounts: readonly string[] = [tenant]) => ({
    federated: [{ issuer: ISSUER, subject: `tenant:${tenant}:system:shop` }],
    roles,
    accounts,
  });
  const twin = await azureTwin({
    accounts: {
      acme: {
        orders: {
          ord_example: { amount: 4200, currency: "USD" },
          ord_acme: { amount: 900, currency: "EUR" },
        },
      },
      globex: {
        orders: {
          ord_example: { amount: 9900, currency: "EUR" },
          ord_globex: { amount: 700, currency: "USD" },
        },
      },
    },
    resource: RESOURCE,
    directories: {
      [DIRECTORY]: {
        [APPS.reader]: app("acme", ROLES.reader),
        [APPS.writer]: app("acme", ROLES.writer),
        [APPS.theirReader]: app("globex", ROLES.reader),
        [APPS.theirWriter]: app("globex", ROLES.writer),
        [APPS.stranger]: { ...app("acme", ROLES.writer), federated: [] },
        [APPS.powerless]: app("acme", []),
      },
    },
    issuers: { [ISSUER]: [{ ...federation.publicKey.export({ format: "jwk" }), kid: "1" } as never] },
    signingKey: entra.privateKey,
    clock,
    ...more,
  });
  const adapter = vouched(
    azure({
      ...orders,
      baseUrl: twin.url,
      entra: {
        ...(directory ? { directory: DIRECTORY } : {}),
        resource: RESOURCE,
        apps: { reader: { roles: ROLES.reader }, writer: { roles: ROLES.writer } },
        use: { ordersRetrieve: "reader", refundsCreate: "writer", ordersCancel: "writer" },
        check: "reader",
        loginUrl: twin.url,
        ...changes,
      },
    }),
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
    own: connection("acme", APPS.reader, APPS.writer),
    other: connection("globex", APPS.theirReader, APPS.theirWriter),
    unauthenticated: connection("acme", APPS.stranger, APPS.stranger),
    unpermitted: connection("acme", APPS.powerless, APPS.powerless),
    foreign: named("ord_globex"),
    missing: named("ord_nowhere"),
    passedHeaders: [],
    credentials: {
      unauthenticated: new SealedCredential("eyJcanary.of.nobody"),
      unpermitted: new SealedCredential(twin.give(DIRECTORY, APPS.powerless)),
    },
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** A tenant's connection: an account, its apps, and no secret. */
export function connection(tenant: string, reader: string, writer: string): Connection {
  return {
    tenant,
    system: "shop",
    account: tenant,
    settings: { clients: { reader, writer } },
    secret: new SealedCredential("canary-of-a-connection-without-secret"),
  };
}

/** A context without anything that vouches for the broker. */
export function bareContext(at: Connection, clock: Clock = systemClock): AdapterContext {
  return {
    connection: at,
    fetch: (input, init) => fetch(input, init),
    clock,
    signal: new AbortController().signal,
  };
}

/** The authority of an operation's example on acme's account. */
export function authorityOf(adapter: Adapter, name: string): Authority {
  const entry = findOperation(adapter.catalogue, name);
  if (entry === undefined) throw new TypeError(`no operation ${name}`);
  const action = newAction({
    system: "shop",
    operation: name,
    resource: { account: "acme" },
    arguments: parseArguments(entry, entry.example),
  });
  return adapter.plan(action);
}

/** The adapter with what a broker that has a federation issuer hands in. */
function vouched(adapter: Adapter, clock: Clock): Adapter {
  const vouch = (context: AdapterContext): AdapterContext => ({
    ...context,
    federationToken: (audience) => federated(audience, context.connection, clock),
  });
  return {
    ...adapter,
    resolve: (action, context) => adapter.resolve(action, vouch(context)),
    mint: (authority, context) => adapter.mint(authority, vouch(context)),
    selfCheck: (context) => adapter.selfCheck(vouch(context)),
  };
}
