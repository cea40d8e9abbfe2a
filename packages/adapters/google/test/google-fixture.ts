import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { type GoogleOptions, google } from "@watchword/adapter-google";
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
import { accessBoundary } from "../src/access-boundary.ts";
import { type GoogleTwinOptions, googleTwin } from "@watchword/emulators/google";

export const PROVIDER = "projects/1/locations/global/workloadIdentityPools/agents/providers/watchword";
const ISSUER = "https://federation.broker.example";
const federation = generateKeyPairSync("ec", { namedCurve: "P-256" });
const FEDERATION_KEY = federation.privateKey.export({ format: "jwk" });
const account = (name: string): string => `${name}-agents@acme-prod.iam.gserviceaccount.com`;

/** A token of the broker's federation issuer, as the broker signs it for a tenant's system. */
async function federated(
  audience: string,
  { tenant, system }: Pick<Connection, "tenant" | "system">,
  clock: Clock = systemClock,
): Promise<SealedCredential> {
  const iat = numericDate(clock);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = {
    iss: ISSUER,
    sub: `tenant:${tenant}:system:${system}`,
    aud: audience,
    iat,
    exp: iat + 60,
    jti: randomToken(16),
  };
  const input = `${encode({ alg: "ES256", typ: "JWT", kid: "1" })}.${encode(claims)}`;
  const key = createPrivateKey({ key: FEDERATION_KEY, format: "jwk" });
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return new SealedCredential(`${input}.${signature.toString("base64url")}`);
}

/** What a fixture's twin and adapter differ in. */
export interface GoogleChanges {
  readonly options?: Partial<GoogleOptions>;
  readonly twin?: Partial<GoogleTwinOptions>;
  readonly clock?: Clock;
}

const ELSE = { operation: "storage.objects.get", arguments: { name: "else.txt" } };
const FILES = { "2026/q3.txt": "acme's q3", "2026/q2.txt": "acme's q2" };

/** The adapter in front of a running Google Cloud: two tenants with a bucket each, or one bucket with a prefix each. */
export async function googleFixture({
  options = {},
  twin: more = {},
  clock = systemClock,
}: GoogleChanges = {}) {
  const shared = options.tenancy === "prefix";
  const below = (tenant: string) =>
    Object.entries(FILES).map(([name, text]) => [`${tenant}/${name}`, text] as const);
  const admins = ["acme", "globex"].map(account);
  const twin = await googleTwin({
    providers: {
      [PROVIDER]: {
        issuer: ISSUER,
        keys: [{ ...federation.publicKey.export({ format: "jwk" }), kid: "1" } as never],
      },
    },
    serviceAccounts: {
      [account("acme")]: ["tenant:acme:system:files"],
      [account("globex")]: ["tenant:globex:system:files"],
      // Used by the right subject, and let into no bucket.
      [account("nobody")]: ["tenant:acme:system:files"],
    },
    buckets: shared
      ? { reports: { objects: Object.fromEntries([...below("acme"), ...below("globex")]), admins } }
      : {
          "acme-reports": { objects: FILES, admins: [account("acme")] },
          "globex-reports": { objects: { "2026/q3.txt": "globex's q3" }, admins: [account("globex")] },
        },
    clock,
    ...more,
  });
  const adapter = vouched(google({ provider: PROVIDER, baseUrl: twin.url, ...options }), clock);
  const of = (tenant: string): string => (shared ? `reports/${tenant}` : `${tenant}-reports`);
  const own = connection("acme", of("acme"), "acme");
  const generation = (name: string): string =>
    String(twin.object(shared ? "reports" : "acme-reports", shared ? `acme/${name}` : name)?.generation);
  return {
    adapter,
    twin,
    system: "files",
    own,
    other: connection("globex", of("globex"), "globex"),
    unauthenticated: connection("acme", of("acme"), "globex"),
    unpermitted: connection("acme", of("acme"), "nobody"),
    foreign: {},
    missing: {},
    live: {
      "storage.objects.replace": {
        name: "2026/q3.txt",
        content: "final\n",
        contentType: "text/plain",
        generation: generation("2026/q3.txt"),
      },
      "storage.objects.delete": { name: "2026/q3.txt", generation: generation("2026/q3.txt") },
    },
    passedHeaders: [],
    resource: { own: { account: of("acme") }, other: { account: of("globex") } },
    openPaths: Object.values(adapter.catalogue.operations)
      .map(({ name }) => name)
      .filter((name) => !name.endsWith("list")),
    credentials: {
      unauthenticated: new SealedCredential("ya29.c.canary_of_nobody"),
      // Alive, and for another object.
      unpermitted: new SealedCredential(
        twin.give(account("acme"), accessBoundary({ bucket: "else", tenant: undefined }, ELSE)),
      ),
    },
    /** The decision's id is the gateway's to write. */
    unstamped: ({ headers: { "x-goog-meta-watchword-decision": _stamp, ...headers }, ...request }) => ({
      ...request,
      headers,
    }),
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** A tenant's connection: an account, the service account that it acts as, and no secret. */
export function connection(tenant: string, at: string, serviceAccount: string): Connection {
  return {
    tenant,
    system: "files",
    account: at,
    settings: { serviceAccount: account(serviceAccount) },
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

/** The authority of an operation on a connection's own account. */
export function authorityOf(
  adapter: Adapter,
  at: Connection,
  name: string,
  values?: Readonly<Record<string, unknown>>,
): Authority {
  const entry = findOperation(adapter.catalogue, name);
  if (entry === undefined) throw new TypeError(`no operation ${name}`);
  return adapter.plan(
    newAction({
      system: "files",
      operation: name,
      resource: { account: at.account },
      arguments: parseArguments(entry, values ?? entry.example),
    }),
  );
}

/** Mints for an operation on a connection's own account. */
export function mintFor(
  adapter: Adapter,
  at: Connection,
  name: string,
  values?: Readonly<Record<string, unknown>>,
  clock: Clock = systemClock,
) {
  return adapter.mint(authorityOf(adapter, at, name, values), bareContext(at, clock));
}

/** The adapter with what a broker that has a federation issuer hands in. */
function vouched(adapter: Adapter, clock: Clock): Adapter {
  const vouch = (context: AdapterContext): AdapterContext => ({
    ...context,
    federationToken: (audience) => federated(audience, context.connection, clock),
  });
  return {
    ...adapter,
    mint: (authority, context) => adapter.mint(authority, vouch(context)),
    selfCheck: (context) => adapter.selfCheck(vouch(context)),
  };
}
