import {
  type IdentityUse,
  type IdentityVerifier,
  type Reason,
  Refusal,
  type Signer,
  type VerifiedIdentity,
  generateSigner,
  readCompactJws,
  sha256,
  signProof,
  signToken,
  thumbprint,
} from "@watchword/core";
import { parsePolicy } from "@watchword/policy";
import { beforeAll, describe, expect, test } from "vitest";
import type { BrokerContext } from "../src/broker-context.ts";
import { verifyHolder, verifyIntrospector } from "../src/verify-caller.ts";
import { verifyIdentity } from "../src/verify-identity.ts";
import { declaredWorkload } from "../src/verify-workload.ts";
import { refusalOf } from "./refusal-of.ts";

const CLUSTER = "https://cluster.example";
const NOW = 1_800_000_000;
const URL = "https://broker.example/introspect";

let key: Signer;
/** Every token that a verifier was asked about. */
let asked: string[] = [];
beforeAll(async () => {
  key = await generateSigner();
});

const policy = parsePolicy([
  {
    name: "policy.yaml",
    text: `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { oidc: { issuer: "${CLUSTER}", subject: runtime, claims: { team: payments } } }, agents: [support], tenant: { fixed: acme } }
  observer: { identity: { oidc: { issuer: "${CLUSTER}", subject: observer } }, agents: [support], tenant: { fixed: acme } }
  own-machine: { identity: { localKey: dev }, agents: [support], tenant: { fixed: acme } }
grants:
  - { id: read, agent: support, operation: payments/charges.retrieve, resource: { account: "\${tenant.payments.account}" }, lease: { action: 30s } }
`,
  },
]);

/** A verifier that vouches for what a token says, whoever signed it: what is tested is whom it is asked by, and for what. */
function verifier(more: Partial<IdentityVerifier> = {}): IdentityVerifier {
  return {
    issuer: CLUSTER,
    uses: ["workload"],
    developmentOnly: false,
    verify: async (token) => {
      asked.push(token);
      const { claims } = readCompactJws(token);
      const subject = typeof claims["sub"] === "string" ? claims["sub"] : "";
      return { issuer: CLUSTER, subject, claims } as VerifiedIdentity;
    },
    ...more,
  };
}
function contextOf(...verifiers: readonly IdentityVerifier[]): BrokerContext {
  asked = [];
  return {
    policy,
    clock: { now: () => NOW * 1_000 },
    introspectors: new Set(["observer"]),
    verifiers: new Map(verifiers.map((one) => [one.issuer, one])),
  } as unknown as BrokerContext;
}
const token = (claims: object = {}): Promise<string> =>
  signToken(key, "JWT", { iss: CLUSTER, sub: "runtime", team: "payments", ...claims });

async function expectRefused(
  attempt: Promise<unknown>,
  [reason, failedFact, detail]: readonly [Reason, string | undefined, string],
): Promise<void> {
  const refusal = await refusalOf(attempt);
  expect([refusal.reason, refusal.failedFact, refusal.message]).toEqual([
    reason,
    failedFact,
    `${reason}: ${detail}`,
  ]);
}

describe("an identity", () => {
  test("is vouched for by the verifier of its issuer, which is named with it", async () => {
    const cluster = verifier();
    const context = contextOf(verifier({ issuer: "https://other.example" }), cluster);
    const shown = await token();
    expect(await verifyIdentity(context, shown, "workload")).toMatchObject({
      issuer: CLUSTER,
      subject: "runtime",
      verifier: cluster,
    });
    expect(asked).toEqual([shown]);
  });

  test.for<[use: IdentityUse, failedFact: string]>([
    ["workload", "agent"],
    ["user", "user"],
    ["approver", "user"],
    ["evidence", "evidence"],
    ["operator", "user"],
  ])(
    "that is to be used as %s is refused where its issuer serves other uses, and nobody is asked",
    async ([use, failedFact]) => {
      const uses = (["workload", "user", "approver", "evidence", "operator"] as const).filter(
        (other) => other !== use,
      );
      const refusal = ["token_untrusted", failedFact, `no configured issuer for this ${use} token`] as const;
      await expectRefused(verifyIdentity(contextOf(verifier({ uses })), await token(), use), refusal);
      expect(asked).toEqual([]);
    },
  );

  test.for<[title: string, iss: unknown]>([
    ["of an issuer that nobody configured", "https://evil.example"],
    ["of an issuer like ours", `${CLUSTER}/`],
    ["of no issuer", undefined],
    ["of two issuers", [CLUSTER]],
  ])("%s is refused, and nobody is asked", async ([, iss]) => {
    const refusal = ["token_untrusted", "agent", "no configured issuer for this workload token"] as const;
    await expectRefused(verifyIdentity(contextOf(verifier()), await token({ iss }), "workload"), refusal);
    expect(asked).toEqual([]);
  });

  test("that a verifier gives for another issuer than its own is nobody's", async () => {
    const other = verifier({
      verify: async () => ({ issuer: "https://evil.example", subject: "runtime", claims: {} }) as never,
    });
    await expectRefused(verifyIdentity(contextOf(other), await token(), "workload"), [
      "internal",
      undefined,
      "a verifier answered for another issuer",
    ]);
  });
});

describe("a workload", () => {
  test("is the one that the policy declares for issuer, subject and claims", async () => {
    expect(await declaredWorkload(contextOf(verifier()), await token())).toMatchObject({
      name: "support-runtime",
      agents: ["support"],
    });
  });

  test.for<[title: string, claims: object, subject: string]>([
    ["of another subject", { sub: "batch" }, "batch"],
    ["without the claim that is declared", { team: "search" }, "runtime"],
    ["named like a key on somebody's disk", { sub: "dev" }, "dev"],
  ])("%s is none", async ([, claims, subject]) => {
    await expectRefused(declaredWorkload(contextOf(verifier()), await token(claims)), [
      "workload_unknown",
      "agent",
      `${CLUSTER} ${subject} is not declared under workloads`,
    ]);
  });

  test("with a key on somebody's disk is one only where its verifier is for development", async () => {
    const issuer = "urn:watchword:local-key";
    const local = (developmentOnly: boolean): IdentityVerifier =>
      verifier({
        issuer,
        developmentOnly,
        verify: async () => ({ issuer, subject: "dev", claims: {} }) as never,
      });
    const shown = await token({ iss: issuer });
    expect(await declaredWorkload(contextOf(local(true)), shown)).toMatchObject({ name: "own-machine" });
    await expectRefused(declaredWorkload(contextOf(local(false)), shown), [
      "workload_unknown",
      "agent",
      `${issuer} dev is not declared under workloads`,
    ]);
  });
});

describe("who asks about a token", () => {
  const now = NOW;
  test("is its holder by a proof for this endpoint and this token", async () => {
    const proof = await signProof(key, { method: "POST", url: URL, token: "handle" }, now);
    const holder = await verifyHolder(contextOf(), URL, { token: "handle", proof });
    expect(holder).toMatchObject({ thumbprint: await thumbprint(key.publicJwk) });
  });

  test.for<[title: string, detail: string, proof: () => Promise<string | undefined>]>([
    ["without a proof", "proof_invalid: token_malformed: absent", async () => undefined],
    [
      "by another method",
      "proof_invalid: proof_invalid: htm is another method",
      () => signProof(key, { method: "GET", url: URL, token: "handle" }, now),
    ],
    [
      "at another endpoint",
      "proof_invalid: proof_invalid: htu is another target",
      () => signProof(key, { method: "POST", url: `${URL}/2`, token: "handle" }, now),
    ],
    [
      "for another token",
      "proof_invalid: proof_invalid: ath is of another token",
      () => signProof(key, { method: "POST", url: URL, token: "another" }, now),
    ],
    [
      "long ago",
      "proof_invalid: proof_invalid: iat is out of the window",
      () => signProof(key, { method: "POST", url: URL, token: "handle" }, now - 3_600),
    ],
  ])("is unknown %s, and only the operator reads why", async ([, detail, proof]) => {
    const attempt = verifyHolder(contextOf(), URL, { token: "handle", proof: await proof() });
    await expectRefused(attempt, ["caller_unknown", "token", detail]);
  });

  test("is a declared workload that may", async () => {
    const shown = await token({ sub: "observer" });
    expect(await verifyIntrospector(contextOf(verifier()), shown)).toMatchObject({ name: "observer" });
  });

  test.for<[title: string, detail: string, claims: object]>([
    ["a workload that may not", "workload support-runtime may not introspect", {}],
    [
      "one that nobody declared",
      `workload_unknown: ${CLUSTER} batch is not declared under workloads`,
      { sub: "batch" },
    ],
    [
      "one of another issuer",
      "token_untrusted: no configured issuer for this workload token",
      { iss: "https://evil.example" },
    ],
  ])("is unknown as %s", async ([, detail, claims]) => {
    const attempt = verifyIntrospector(contextOf(verifier()), await token(claims));
    await expectRefused(attempt, ["caller_unknown", "token", detail]);
  });

  test.for<[title: string, thrown: Error, expected: readonly [Reason, string | undefined, string]]>([
    [
      "a ledger that cannot be read",
      new Refusal("ledger_unavailable", { detail: "no answer" }),
      ["ledger_unavailable", undefined, "no answer"],
    ],
    [
      "an error of ours",
      new TypeError(`secret ${sha256("x")}`),
      ["internal", undefined, "unplanned TypeError"],
    ],
  ])("is not called unknown for %s", async ([, thrown, expected]) => {
    const broken = verifier({ verify: () => Promise.reject(thrown) });
    await expectRefused(verifyIntrospector(contextOf(broken), await token()), expected);
  });
});
