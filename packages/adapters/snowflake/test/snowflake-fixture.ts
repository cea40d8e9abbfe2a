import { snowflake } from "@watchword/adapter-snowflake";
import type { AdapterFixture } from "@watchword/conformance";
import {
  type Adapter,
  type AdapterContext,
  type Clock,
  type Connection,
  type DownstreamOutcome,
  type GatewayRequest,
  SealedCredential,
  type Signer,
  generateSigner,
  numericDate,
  parseStrictJson,
  signToken,
  systemClock,
} from "@watchword/core";
import { type SnowflakeTwin, snowflakeTwin } from "@watchword/emulators/snowflake";
import { ordersAccount } from "./orders-account.ts";
import { orders } from "./orders-statements.ts";

const ISSUER = "https://federation.acme.example";
export const ACCOUNT = "acme-prod";
export const OTHER = "globex-prod";
/** The decision that a handle of the fixture comes from. */
export const DECISION = "dec_of_the_handle";

/** Signs as the broker's federation issuer does for a tenant's system. */
export async function signFederation(
  signer: Signer,
  { tenant, clock = systemClock }: { readonly tenant: string; readonly clock?: Clock },
  audience: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<SealedCredential> {
  const now = numericDate(clock);
  const claims = {
    iss: ISSUER,
    sub: `tenant:${tenant}:system:warehouse`,
    aud: audience,
    iat: now,
    nbf: now,
    exp: now + 60,
    jti: "j".repeat(22),
    tenant,
    system: "warehouse",
    ...more,
  };
  return new SealedCredential(await signToken(signer, "JWT", claims));
}

/** What a test changes of the fixture. */
export interface FixtureChanges {
  readonly clock?: Clock;
  readonly secondaryRoles?: "ALL";
  readonly anyRole?: true;
  /** What a token says besides what it should. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What the lease's requests did, for a revocation. */
  readonly outcomes?: () => Promise<readonly DownstreamOutcome[]>;
}

/** Two accounts that trust the same issuer, alike but for their audience; the adapter as a broker calls it. */
export async function snowflakeFixture(changes: FixtureChanges = {}) {
  const { clock = systemClock, claims = {}, outcomes, secondaryRoles, anyRole } = changes;
  const signer = await generateSigner();
  const keys = async () => ({ keys: [{ ...signer.publicJwk, kid: signer.keyId, alg: "ES256", use: "sig" }] });
  const account = (tenant: string) =>
    ordersAccount(
      { issuer: ISSUER, keys, ...(anyRole === undefined ? {} : { anyRole }) },
      { [`tenant:${tenant}:system:warehouse`]: secondaryRoles === undefined ? {} : { secondaryRoles } },
    );
  const twin = await snowflakeTwin({
    clock,
    accounts: { [ACCOUNT]: account("acme"), [OTHER]: account("globex") },
  });
  const handles = { done: startAs(twin, 0), running: startAs(twin, 1) };
  const plain = snowflake({ ...orders, baseUrl: twin.url });
  const brokers = (context: AdapterContext): AdapterContext => ({
    ...context,
    clock,
    federationToken: (audience, form) =>
      signFederation(signer, { tenant: context.connection.tenant, clock }, audience, {
        ...(typeof form === "object" ? form : {}),
        ...claims,
      }),
    originOf: async (object) =>
      Object.values(handles).includes(object)
        ? { decisionId: DECISION, operation: object === handles.done ? "orders.of_customer" : "orders.above" }
        : undefined,
    ...(outcomes === undefined ? {} : { outcomes }),
  });
  const adapter: Adapter = {
    ...plain,
    resolve: (action, context) => plain.resolve(action, brokers(context)),
    mint: (authority, context) => plain.mint(authority, brokers(context)),
    revoke: (credential, context) => plain.revoke(credential, brokers(context)),
    selfCheck: (context) => plain.selfCheck(brokers(context)),
  };
  return {
    adapter,
    twin,
    signer,
    handles,
    system: "warehouse",
    own: connection("acme", ACCOUNT),
    other: connection("globex", OTHER),
    unauthenticated: connection("acme", ACCOUNT),
    unpermitted: connection("acme", ACCOUNT),
    live: {
      "results.read": { statement: handles.done, partition: 1 },
      "statements.cancel": { statement: handles.running },
    },
    foreign: {},
    missing: {},
    passedHeaders: [],
    credentials: {
      unauthenticated: await signFederation(
        await generateSigner(),
        { tenant: "acme", clock },
        `https://${ACCOUNT}.snowflakecomputing.com`,
        { scp: ["session:role:AGENT_RW"] },
      ),
      unpermitted: await signFederation(
        signer,
        { tenant: "acme", clock },
        `https://${ACCOUNT}.snowflakecomputing.com`,
        { scp: ["session:role:NOBODY"] },
      ),
    },
    mintBound: ["decision"],
    // The account is the host, and the twin has one for all: here the token's audience says whose it is.
    accountBySecret: true,
    unstamped,
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture & { readonly signer: Signer; readonly handles: object };
}

/** A tenant's connection: an account and no secret; the text stands for what the broker puts there. */
export function connection(
  tenant: string,
  account: string,
  settings: Connection["settings"] = {},
): Connection {
  const secret = new SealedCredential("canary-of-a-connection-without-secret");
  return { tenant, system: "warehouse", account, settings, secret };
}

/** Takes off what the gateway writes besides the action: session parameters, and the id of the request. */
function unstamped(request: GatewayRequest): GatewayRequest {
  const query = request.query.filter(([name]) => name !== "requestId");
  if (request.body.byteLength === 0) return { ...request, query };
  const { parameters: _stamped, ...body } = parseStrictJson(request.body) as Record<string, unknown>;
  return { ...request, query, body: new TextEncoder().encode(JSON.stringify(body)) };
}

function startAs(twin: SnowflakeTwin, which: 0 | 1): string {
  return twin.start(ACCOUNT, {
    user: "AGENT_0",
    role: "AGENT_RO",
    database: "SHOP",
    schema: "PUBLIC",
    ...(which === 0
      ? {
          statement:
            "SELECT id, total FROM orders WHERE customer = ? AND placed >= TO_DATE(?) AND gift = ? ORDER BY placed DESC LIMIT 100",
          bindings: ["c_1", "2026-01-01", "false"],
        }
      : { statement: "SELECT id, customer FROM orders WHERE total > ?", bindings: ["100"] }),
  });
}
