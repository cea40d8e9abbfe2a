import { kubernetes, rbacManifests } from "@watchword/adapter-kubernetes";
import {
  Refusal,
  SealedCredential,
  generateSigner,
  newAction,
  signToken,
  systemClock,
} from "@watchword/core";
import { type TrustedIssuer, kubernetesTwin } from "@watchword/emulators/kubernetes";
import { expect, test } from "vitest";
import { connection, namespaceNamed } from "./kubernetes-fixture.ts";

const ISSUER = "https://federation.example";
const AUDIENCE = "https://cluster.example";

/** A cluster that trusts the broker's federation issuer, with a user for each tenant. */
async function federated(changes: { readonly issuer?: string; readonly audience?: string } = {}) {
  const signer = await generateSigner();
  const trusted: TrustedIssuer = {
    issuer: ISSUER,
    audience: AUDIENCE,
    publicJwk: { ...signer.publicJwk },
    usernamePrefix: "watchword:",
  };
  const objects = ["acme", "globex"].flatMap((namespace) => [
    namespaceNamed(namespace),
    ...rbacManifests({
      namespace,
      operations: ["pods.list"],
      broker: { user: `watchword:tenant:${namespace}:system:cluster` },
    }),
  ]);
  const twin = await kubernetesTwin({ trusted, objects });
  const now = Math.floor(Date.now() / 1000);
  const contextFor = (tenant: string) => ({
    connection: { ...connection(tenant, ""), tenant },
    fetch,
    clock: systemClock,
    signal: AbortSignal.timeout(5_000),
    federationToken: async (aud: string) =>
      new SealedCredential(
        await signToken(signer, "JWT", {
          iss: changes.issuer ?? ISSUER,
          sub: `tenant:${tenant}:system:cluster`,
          aud: changes.audience ?? aud,
          iat: now,
          nbf: now,
          exp: now + 60,
        }),
      ),
  });
  const adapter = kubernetes({ baseUrl: twin.url, federation: { audience: AUDIENCE } });
  const authority = (namespace: string) => {
    const action = newAction({ system: "cluster", operation: "pods.list", resource: {}, arguments: {} });
    return adapter.plan({ ...action, ...adapter.complete(action, { owners: {}, values: {} }, namespace) });
  };
  return { twin, adapter, contextFor, authority, [Symbol.asyncDispose]: () => twin.close() };
}

test("there is no root secret where the cluster trusts the broker's federation issuer", async () => {
  await using world = await federated();
  const { adapter, authority, contextFor, twin } = world;
  expect(adapter.capabilities.rootSecret).toBe("none");
  const findings = await adapter.selfCheck(contextFor("acme"));
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  const { credential, granted } = await adapter.mint(authority("acme"), contextFor("acme"));
  expect(granted).toEqual(authority("acme"));
  expect(twin.requests.at(-3)).toMatchObject({ kind: "mint", user: "watchword:tenant:acme:system:cluster" });
  expect(await adapter.revoke(credential, contextFor("acme"))).toBe("revoked");
});

test("a tenant's federation token makes nothing in another's namespaces", async () => {
  await using world = await federated();
  const { adapter, authority, contextFor, twin } = world;
  const globex = contextFor("globex");
  // What would come of it if the broker mixed two connections up: the cluster itself says no.
  const mixed = { ...contextFor("acme"), connection: globex.connection };
  const refusal: unknown = await adapter.mint(authority("globex"), mixed).catch((error: unknown) => error);
  expect(Refusal.is(refusal) && refusal.reason).toBe("downstream_refused");
  expect([twin.list("Secret"), twin.tokens()]).toEqual([[], []]);
});

test.for([{ issuer: "https://other.example" }, { audience: "https://other.example" }])(
  "a token of %j is nobody's there",
  async (changes) => {
    await using world = await federated(changes);
    const refusal: unknown = await world.adapter
      .mint(world.authority("acme"), world.contextFor("acme"))
      .catch((error: unknown) => error);
    expect(Refusal.is(refusal) && refusal.message).toMatch(
      /^downstream_refused: kubernetes answered HTTP 401/,
    );
    expect(world.twin.list("Secret")).toEqual([]);
  },
);

test("without an issuer the configuration is wrong, and nothing is asked", async () => {
  await using world = await federated();
  const { federationToken: _, ...context } = world.contextFor("acme");
  const refusal: unknown = await world.adapter
    .mint(world.authority("acme"), context)
    .catch((error: unknown) => error);
  expect(Refusal.is(refusal) && refusal.reason).toBe("configuration_invalid");
  expect(world.twin.requests).toEqual([]);
});
