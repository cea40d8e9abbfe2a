import type { AdapterFixture } from "@watchword/conformance";
import {
  type Adapter,
  type Authority,
  CLAIMS,
  type Connection,
  SealedCredential,
  type Signer,
  digestOf,
  generateSigner,
  newId,
  numericDate,
  signToken,
  systemClock,
} from "@watchword/core";
import { jwt } from "../src/index.ts";
import { ordersOperations } from "./orders-operations.ts";
import { serviceTwin } from "./service-twin.ts";

const ISSUER = "https://broker.example/access";
export const AUDIENCE = "https://orders.example";

/** Signs as the broker does for an action whose custody is the gateway's. */
export async function signAccess(
  signer: Signer,
  authority: Authority,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<SealedCredential> {
  const now = numericDate(systemClock);
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "dana",
    act: { sub: "urn:watchword:agent:support@3" },
    client_id: "support-runtime",
    iat: now,
    exp: now + 60,
    jti: newId("lease", systemClock.now()),
    tenant: "acme",
    authorization_details: [
      {
        type: "urn:watchword:authorization-details:action",
        locations: [AUDIENCE],
        actions: [authority.operation],
        access: authority.access,
        resource: authority.resource,
        arguments_digest: digestOf(authority.arguments),
      },
    ],
    [CLAIMS.decision]: {
      id: newId("dec", systemClock.now()),
      run: newId("run", systemClock.now()),
      principal: { kind: "user", issuer: "https://login.example" },
      action_digest: "a".repeat(43),
      idempotency_key: "i".repeat(43),
      policy_version: "p".repeat(43),
    },
    ...changes,
  };
  return new SealedCredential(await signToken(signer, "at+jwt", claims));
}

/** The adapter in front of a running service, with a broker's key to sign by. */
export async function jwtFixture() {
  const key = await generateSigner();
  const keys = { keys: [{ ...key.publicJwk, kid: key.keyId, alg: "ES256", use: "sig" }] };
  const twin = await serviceTwin((url) => ({
    issuer: ISSUER,
    audience: AUDIENCE,
    origin: url,
    jwksUrl: `${ISSUER}/jwks`,
    acceptUnbound: true,
    fetch: async () => Response.json(keys),
  }));
  const own = jwt({ audience: AUDIENCE, baseUrl: twin.url, operations: ordersOperations });
  const adapter: Adapter = {
    ...own,
    // As the broker hands it in, for the one action of a mint.
    mint: (authority, context) =>
      own.mint(authority, { ...context, accessToken: () => signAccess(key, authority) }),
  };
  const other = { ...authorityOf(adapter), operation: "orders.other" };
  return {
    adapter,
    own: connection("acme"),
    other: connection("globex"),
    unauthenticated: connection("acme"),
    unpermitted: connection("acme"),
    twin,
    key,
    system: "orders",
    foreign: {},
    missing: {},
    passedHeaders: [],
    // The tenant is in the token, so that requests of two tenants look alike.
    accountBySecret: true,
    credentials: {
      unauthenticated: await signAccess(await generateSigner(), authorityOf(adapter)),
      unpermitted: await signAccess(key, other),
    },
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture & { readonly key: Signer };
}

/** The authority for reading order `o_1` of acme, unless it is changed. */
export function authorityOf(
  adapter: Adapter,
  changes: Partial<Pick<Authority, "operation" | "resource" | "arguments">> = {},
): Authority {
  return adapter.plan({
    system: "orders",
    operation: "orders.read",
    resource: { tenant: "acme" },
    arguments: { order: "o_1" },
    ...changes,
  });
}

/** A tenant's connection: an account and no secret; the text stands for what the broker puts there. */
export function connection(tenant: string): Connection {
  const secret = new SealedCredential("canary-of-a-connection-without-secret");
  return { tenant, system: "orders", account: tenant, settings: {}, secret };
}
