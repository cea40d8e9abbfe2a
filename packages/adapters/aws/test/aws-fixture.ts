import { type AdapterFixture } from "@watchword/conformance";
import {
  type Adapter,
  type AdapterContext,
  type Authority,
  type Connection,
  SealedCredential,
  type Signer,
  generateSigner,
  numericDate,
  signToken,
  systemClock,
} from "@watchword/core";
import { type AwsTwin, type AwsTwinOptions, type RoleSeed, awsTwin } from "@watchword/emulators/aws";
import { type AwsOptions, aws } from "../src/index.ts";

export const ISSUER = "https://federation.watchword.example";
export const AUDIENCE = "sts.amazonaws.com";
export const ACME = "111122223333";
const GLOBEX = "444455556666";

/** What the role of the README may do: more than any action needs. */
const ROLE_POLICY = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "s3:*", Resource: "*" },
    { Effect: "Allow", Action: "dynamodb:*", Resource: "*" },
    { Effect: "Allow", Action: "sts:GetScopedCredentials", Resource: "*" },
  ],
};

/** The role that trusts the issuer for one tenant. */
export const roleOf = (tenant: string, changes: Partial<RoleSeed> = {}): RoleSeed => ({
  name: "watchword",
  trust: { issuer: ISSUER, audiences: [AUDIENCE], subject: `tenant:${tenant}:system:cloud` },
  policy: ROLE_POLICY,
  ...changes,
});

/** A federation issuer, as the broker has one. */
export interface TestIssuer {
  readonly keys: AwsTwinOptions["issuers"][number];
  /** What an adapter gets for one tenant. */
  federationToken(
    tenant: string,
    changes?: Readonly<Record<string, unknown>>,
  ): NonNullable<AdapterContext["federationToken"]>;
}

/** Makes an issuer; `decision` is what a mint says it is for. */
export async function testIssuer(decision = "watchword"): Promise<TestIssuer> {
  const signer: Signer = await generateSigner();
  return {
    keys: { issuer: ISSUER, keys: [{ ...signer.publicJwk, kid: signer.keyId }] },
    federationToken:
      (tenant, changes = {}) =>
      async (audience, form) => {
        const now = numericDate(systemClock);
        return new SealedCredential(
          await signToken(signer, "JWT", {
            iss: ISSUER,
            sub: `tenant:${tenant}:system:cloud`,
            aud: audience,
            iat: now,
            nbf: now,
            exp: now + 60,
            ...(form === undefined
              ? {}
              : {
                  "https://aws.amazon.com/source_identity": decision,
                  "https://aws.amazon.com/tags": { principal_tags: { "watchword-tenant": [tenant] } },
                }),
            ...changes,
          }),
        );
      },
  };
}

/** How the table of orders has its keys. */
export const tableOf = (tenancy: "account" | "prefix") =>
  tenancy === "account" ? { partitionKey: "id" } : { partitionKey: "owner", sortKey: "id" };

/** The options of every test's adapter. */
export const optionsFor = (twin: AwsTwin, changes: Partial<AwsOptions> = {}): AwsOptions => ({
  region: "eu-central-1",
  buckets: ["reports"],
  tables: { orders: tableOf(changes.tenancy ?? "account") },
  baseUrl: twin.url,
  ...changes,
});

/** A tenant's connection: an account and no secret; the text stands for what the broker puts there. */
export function connection(tenant: string, account: string): Connection {
  const secret = new SealedCredential("canary-of-a-connection-without-secret");
  return { tenant, system: "cloud", account, settings: {}, secret };
}

/** What the broker hands in for a mint of one connection. */
export function contextOf(
  issuer: TestIssuer,
  to: Connection,
  changes: Partial<AdapterContext> = {},
): AdapterContext {
  return {
    connection: to,
    fetch: (input, init) => fetch(input, init),
    clock: systemClock,
    signal: new AbortController().signal,
    federationToken: issuer.federationToken(to.tenant),
    ...changes,
  };
}

/** Tenants with an account each, or one account with a prefix each. */
export function accountsOf(tenancy: "account" | "prefix"): AwsTwinOptions["accounts"] {
  const objects = { "2026/q3.txt": "acme's q3", "2026/q2.txt": "acme's q2" };
  if (tenancy === "account")
    return [
      {
        id: ACME,
        roles: [roleOf("acme")],
        buckets: { reports: { objects } },
        tables: { orders: { ...tableOf(tenancy), items: [{ id: { S: "o-1" }, state: { S: "open" } }] } },
      },
      {
        id: GLOBEX,
        roles: [roleOf("globex")],
        buckets: { "globex-reports": { objects: { "2026/q3.txt": "globex's q3" } } },
        tables: { orders: { ...tableOf(tenancy), items: [{ id: { S: "o-1" }, state: { S: "theirs" } }] } },
      },
    ];
  const trust = { issuer: ISSUER, audiences: [AUDIENCE] };
  const own = (tenant: string): [string, string][] =>
    Object.keys(objects).map((key) => [`${tenant}/${key}`, `${tenant}'s`]);
  return [
    {
      id: ACME,
      roles: [roleOf("", { trust })],
      buckets: { reports: { objects: Object.fromEntries([...own("acme"), ...own("globex")]) } },
      tables: {
        orders: {
          ...tableOf(tenancy),
          items: ["acme", "globex"].map((owner) => ({
            owner: { S: owner },
            id: { S: "o-1" },
            of: { S: owner },
          })),
        },
      },
    },
  ];
}

/** The adapter in front of a running twin, under one of the two tenancies. */
export async function awsFixture(tenancy: "account" | "prefix") {
  const issuer = await testIssuer();
  const twin = await awsTwin({ accounts: accountsOf(tenancy), issuers: [issuer.keys] });
  const inner = aws(optionsFor(twin, { tenancy }));
  const handed = (context: AdapterContext): AdapterContext => ({
    ...context,
    federationToken: issuer.federationToken(context.connection.tenant),
  });
  const adapter: Adapter = {
    ...inner,
    // As the broker hands it in.
    mint: (authority, context) => inner.mint(authority, handed(context)),
    selfCheck: (context) => inner.selfCheck(handed(context)),
  };
  const [own, other] =
    tenancy === "account"
      ? [connection("acme", ACME), connection("globex", GLOBEX)]
      : [connection("acme", `${ACME}/acme`), connection("globex", `${ACME}/globex`)];
  const unpermitted = adapter.plan({
    system: "cloud",
    operation: "s3.objects.get",
    resource: { account: own.account },
    arguments: { bucket: "reports", key: "something/else" },
  });
  const { credential: narrow } = await adapter.mint(unpermitted, contextOf(issuer, own));
  (twin.requests as unknown[]).splice(0);
  const stranger = { Version: 1, AccessKeyId: "ASIAUNKNOWNUNKNOWN12", SecretAccessKey: "s".repeat(40) };
  return {
    adapter,
    twin,
    system: "cloud",
    own,
    other,
    unauthenticated: own,
    unpermitted: own,
    foreign: {},
    missing: {},
    passedHeaders: [],
    signs: true,
    // The account is in the session, and requests of two accounts look alike.
    ...(tenancy === "account" ? { accountBySecret: true as const } : {}),
    openPaths: ["s3.objects.get", "s3.objects.put", "s3.objects.delete"],
    credentials: {
      unauthenticated: new SealedCredential(
        JSON.stringify({ ...stranger, SessionToken: "t".repeat(100), Expiration: "2099-01-01T00:00:00Z" }),
      ),
      unpermitted: narrow,
    },
    unstamped: (request) => {
      const { "x-amz-meta-watchword-decision": _, ...headers } = request.headers;
      const unprefixed = (text: string): string =>
        tenancy === "prefix" ? text.replace(/(^|\/)(?:acme|globex)\//, "$1") : text;
      return {
        ...request,
        path: unprefixed(request.path),
        query: request.query.map(
          ([name, value]) => [name, name === "prefix" ? unprefixed(value) : value] as const,
        ),
        headers,
        body: new TextEncoder().encode(
          tenancy === "prefix"
            ? new TextDecoder()
                .decode(request.body)
                .replace(/"owner":\{"S":"(?:acme|globex)"\},?|,"owner":\{"S":"\w+"\}/, "")
            : new TextDecoder().decode(request.body),
        ),
      };
    },
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** The authority for one action of acme. */
export function authorityOf(
  adapter: Adapter,
  operation: string,
  values: Authority["arguments"],
  account = ACME,
): Authority {
  return adapter.plan({ system: "cloud", operation, resource: { account }, arguments: values });
}
