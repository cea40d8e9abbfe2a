import {
  type AdapterContext,
  type Connection,
  Refusal,
  SealedCredential,
  newAction,
  systemClock,
} from "@watchword/core";
import { beforeAll, describe, expect, test } from "vitest";
import { type FederationKeys, exchangingOrg, federationKeys, federationToken } from "./exchange-fixture.ts";
import { ACME, CASE, GLOBEX, connection } from "./salesforce-fixture.ts";

let keys: FederationKeys;
beforeAll(async () => {
  keys = await federationKeys();
});

/** A connection without a secret, as the broker hands it in. */
function unsealed(): Connection {
  const { username: _username, ...settings } = connection("acme").settings;
  return { ...connection("acme"), settings, secret: new SealedCredential("") };
}

function contextOf(
  claims: Readonly<Record<string, unknown>> = {},
  { signer = keys.broker, asked = [] }: { signer?: FederationKeys["broker"]; asked?: string[] } = {},
): AdapterContext {
  return {
    connection: unsealed(),
    fetch: (input, init) => fetch(input, init),
    clock: systemClock,
    signal: new AbortController().signal,
    federationToken: async (audience) => {
      asked.push(audience);
      return federationToken(signer, audience, claims);
    },
  };
}

async function attempt(context: AdapterContext) {
  await using fixture = await exchangingOrg(keys);
  const { adapter, twin } = fixture;
  const action = newAction({
    system: "crm",
    operation: "cases.retrieve",
    resource: {},
    arguments: { record: CASE },
  });
  const authority = adapter.plan({
    ...action,
    ...adapter.complete(action, { owners: {}, values: {} }, ACME),
  });
  const outcome = await adapter.mint(authority, context).then(
    ({ granted }) => (adapter.covers(authority, granted) ? "minted" : "wider"),
    (error: unknown) => (Refusal.is(error) ? error.reason : "another error"),
  );
  return { outcome, kinds: twin.requests.map(({ kind, user }) => [kind, user]) };
}

describe("token exchange, without a secret", () => {
  test("the broker's token is for the org's host alone, and its agent's user gets the token", async () => {
    const asked: string[] = [];
    expect(await attempt(contextOf({}, { asked }))).toEqual({
      outcome: "minted",
      kinds: [["mint", "agent@acme.example"]],
    });
    expect(asked).toEqual([`https://${ACME}`]);
  });

  test.for<{ why: string; claims?: Readonly<Record<string, unknown>>; foreign?: true }>([
    { why: "for another org", claims: { aud: `https://${GLOBEX}` } },
    { why: "for several audiences", claims: { aud: [`https://${ACME}`, `https://${GLOBEX}`] } },
    { why: "of another issuer", claims: { iss: "https://evil.example" } },
    { why: "of another key", foreign: true },
    { why: "that is over", claims: { exp: 1 } },
    { why: "of another tenant", claims: { sub: "tenant:globex:system:crm" } },
    { why: "of another system", claims: { sub: "tenant:acme:system:crm2" } },
    { why: "of an agent that has no user", claims: { agent: "research@1" } },
    { why: "of an agent with a name that objects have", claims: { agent: "constructor@1" } },
  ])("a token $why is exchanged for nothing", async ({ claims, foreign }) => {
    const context = contextOf(claims, foreign === true ? { signer: keys.stranger } : {});
    expect(await attempt(context)).toEqual({
      outcome: "downstream_refused",
      kinds: [["refused", undefined]],
    });
  });

  test("without a federation issuer nothing is asked", async () => {
    const { federationToken: _none, ...context } = contextOf();
    expect(await attempt(context)).toEqual({ outcome: "configuration_invalid", kinds: [] });
  });

  test("a connection has no secret, and its check works without one", async () => {
    await using fixture = await exchangingOrg(keys);
    const { adapter } = fixture;
    expect(adapter.capabilities.rootSecret).toBe("none");
    expect(adapter.isLiveSecret(new SealedCredential(""))).toBe(false);
    const findings = await adapter.selfCheck(contextOf({ agent: undefined }));
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const foreign = await adapter.selfCheck(contextOf({ sub: "tenant:globex:system:crm" }));
    expect(foreign.map(({ severity }) => severity)).toEqual(["error"]);
  });
});
