import {
  ASSERTION_SECONDS,
  AssertionClaims,
  CLAIMS,
  CLOCK_SKEW_SECONDS,
  ProofClaims,
  RunClaims,
  agentUri,
  checkTimes,
  parseClaims,
  runUri,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";

const now = 1_800_000_000;
const runId = `run_${"0".repeat(32)}`;
const digest = "A".repeat(43);

const run = {
  iss: "https://broker.example",
  aud: "https://broker.example",
  sub: "ada",
  act: { sub: agentUri("support@3") },
  iat: now,
  exp: now + 600,
  jti: "j".repeat(22),
  tenant: "acme",
  cnf: { jkt: digest },
  [CLAIMS.run]: {
    id: runId,
    root: runId,
    agent: "support@3",
    workload: "support-runtime",
    thread: "thread-1",
    principal: { kind: "user", issuer: "https://login.example", subject: "ada" },
    background: false,
    assurance: "verified",
    depth: 0,
    generation: "g1",
  },
  [CLAIMS.ceiling]: [],
};

const assertion = {
  iss: runUri(runId),
  sub: agentUri("support@3"),
  aud: "https://broker.example",
  iat: now,
  exp: now + 60,
  jti: "j".repeat(22),
  txn: "A".repeat(22),
  ath: digest,
  call: { tool: "refund", id: "call_1" },
  action: { v: 1 },
  action_digest: digest,
};

const proof = { jti: "j".repeat(22), htm: "POST", htu: "https://broker.example/token", iat: now };

const kinds = [
  { kind: "a run token", schema: RunClaims, claims: run as object, optional: [] as string[] },
  {
    kind: "an assertion",
    schema: AssertionClaims,
    claims: { ...assertion, policy_version: "v1", approval_id: `apr_${"0".repeat(32)}` },
    // Whatever `action` is, it is read by `parseAction`, which refuses its absence.
    optional: ["policy_version", "approval_id", "action"],
  },
  {
    kind: "a proof",
    schema: ProofClaims,
    claims: { ...proof, ath: digest, nonce: "n" },
    optional: ["ath", "nonce"],
  },
];

describe.for(kinds)("the claims of $kind", ({ schema, claims, optional }) => {
  test("are read as they were signed", () => {
    expect(parseClaims(schema, claims)).toEqual(claims);
  });

  test.for(Object.keys(claims).filter((name) => !optional.includes(name)))(
    "without %s are refused",
    (name) => {
      const less = Object.fromEntries(Object.entries(claims).filter(([each]) => each !== name));
      expectRefusal("token_malformed", () => parseClaims(schema, less));
    },
  );

  test.for(["nbf", "tenant_id", "Sub", "AUD", "scope", "admin", "toString"])(
    "with %s, which nobody reads, are refused",
    (name) => {
      expectRefusal("token_malformed", () => parseClaims(schema, { ...claims, [name]: now }));
    },
  );

  test.for(Object.keys(claims).filter((name) => name !== "action"))(
    "with %s as null or a list are refused",
    (name) => {
      expectRefusal("token_malformed", () => parseClaims(schema, { ...claims, [name]: null }));
      expectRefusal("token_malformed", () => parseClaims(schema, { ...claims, [name]: [[]] }));
    },
  );

  test.for<[name: string, value: unknown]>([
    ["text", String(now)],
    ["a float", now + 0.5],
    ["below nothing", -1],
    ["milliseconds", now * 1_000],
    ["not a number", Number.NaN],
    ["endless", Number.POSITIVE_INFINITY],
  ])("with an iat that is %s are refused", ([, iat]) => {
    expectRefusal("token_malformed", () => parseClaims(schema, { ...claims, iat }));
  });

  test.for(["j".repeat(15), "j".repeat(129), ""])("with the jti %j are refused", (jti) => {
    expectRefusal("token_malformed", () => parseClaims(schema, { ...claims, jti }));
  });

  test.for([null, undefined, "", [], [claims], 1])("that are %j are refused", (input) => {
    expectRefusal("token_malformed", () => parseClaims(schema, input));
  });

  test("are not quoted by a refusal", () => {
    const refusal = expectRefusal("token_malformed", () =>
      parseClaims(schema, { ...claims, jti: ["canary"] }),
    );
    expect(refusal.message).toContain("jti");
    expect(`${refusal.message} ${refusal.stack} ${String(refusal.cause)}`).not.toContain("canary");
  });
});

describe("the claims of a run token", () => {
  const inRun = (change: object): object => ({ ...run, [CLAIMS.run]: { ...run[CLAIMS.run], ...change } });

  test.for<[name: string, claims: object]>([
    ["for two audiences", { ...run, aud: ["https://broker.example", "https://other.example"] }],
    ["for a list of one audience", { ...run, aud: ["https://broker.example"] }],
    ["of a tenant in capitals", { ...run, tenant: "Acme" }],
    ["of two tenants", { ...run, tenant: ["acme", "globex"] }],
    ["bound to no key", { ...run, cnf: {} }],
    ["bound to a key and something else", { ...run, cnf: { jkt: digest, jwk: {} } }],
    ["bound to half a thumbprint", { ...run, cnf: { jkt: digest.slice(1) } }],
    ["with an actor that says more", { ...run, act: { sub: "a", iss: "b" } }],
    ["with an ancestor that says more", { ...run, act: { sub: "a", act: { sub: "b", exp: 1 } } }],
    ["without its run's id", inRun({ id: undefined })],
    ["with another kind of id", inRun({ id: `dec_${"0".repeat(32)}` })],
    ["with an agent without its version", inRun({ agent: "support" })],
    ["with a principal of a third kind", inRun({ principal: { kind: "system", issuer: "i", subject: "s" } })],
    ["with a depth over 16", inRun({ depth: 17 })],
    ["with a depth below nothing", inRun({ depth: -1 })],
    ["with a background that is text", inRun({ background: "false" })],
    ["with a member of the run that nobody knows", inRun({ admin: true })],
    ["without a ceiling", { ...run, [CLAIMS.ceiling]: undefined }],
    ["with a ceiling of everything", { ...run, [CLAIMS.ceiling]: "*" }],
    ["with a ceiling of no capability", { ...run, [CLAIMS.ceiling]: [{}] }],
  ])("%s are refused", ([, claims]) => {
    expectRefusal("token_malformed", () => parseClaims(RunClaims, claims));
  });
});

describe("the claims of an assertion", () => {
  test.for<[name: string, change: object]>([
    ["for two audiences", { aud: [assertion.aud, "https://other.example"] }],
    ["with a digest that is cut", { action_digest: digest.slice(1) }],
    ["with a digest in hex", { action_digest: "0".repeat(64) }],
    ["with a call that has no id", { call: { tool: "refund" } }],
    ["with a call that says more", { call: { tool: "refund", id: "1", user: "ada" } }],
    ["with a txn of another length", { txn: "A".repeat(21) }],
    ["with an approval's id of another kind", { approval_id: runId }],
    ["with an empty issuer", { iss: "" }],
    ["with a tenant", { tenant: "acme" }],
  ])("%s are refused", ([, change]) => {
    expectRefusal("token_malformed", () => parseClaims(AssertionClaims, { ...assertion, ...change }));
  });
});

describe("the times of a token", () => {
  const life = ASSERTION_SECONDS;

  test.for<[name: string, times: { iat: number; exp: number }]>([
    ["made this second", { iat: now, exp: now + life }],
    ["in its last second", { iat: now - life + 1, exp: now + 1 }],
    ["one second long", { iat: now, exp: now + 1 }],
    [
      "of a clock that is as fast as it may be",
      { iat: now + CLOCK_SKEW_SECONDS, exp: now + CLOCK_SKEW_SECONDS + life },
    ],
  ])("%s hold", ([, times]) => {
    expect(() => checkTimes(times, now, life)).not.toThrow();
  });

  test.for<[name: string, times: { iat: number; exp: number }, detail: string]>([
    ["that end this second", { iat: now - 1, exp: now }, "exp has passed"],
    [
      "that ended a second ago: no skew lengthens a life",
      { iat: now - life, exp: now - 1 },
      "exp has passed",
    ],
    [
      "of a clock one second faster than it may be",
      { iat: now + CLOCK_SKEW_SECONDS + 1, exp: now + CLOCK_SKEW_SECONDS + 2 },
      "iat is in the future",
    ],
    ["a second longer than they may be", { iat: now, exp: now + life + 1 }, "lives longer than 60 s"],
    ["a year long", { iat: now, exp: now + 31_536_000 }, "lives longer than 60 s"],
    ["made long ago to last until now", { iat: 0, exp: now + 1 }, "lives longer than 60 s"],
    ["that end as they begin", { iat: now + 1, exp: now + 1 }, "exp is not after iat"],
    ["that end before they begin", { iat: now + 2, exp: now + 1 }, "exp is not after iat"],
  ])("%s are refused", ([, times, detail]) => {
    const refusal = expectRefusal("token_expired", () => checkTimes(times, now, life));
    expect(refusal.message).toContain(detail);
    expect(refusal.failedFact).toBe("token");
  });

  test("have exactly one border: every second of a minute's life, and no second around it", () => {
    const holds = (at: number): boolean => {
      try {
        checkTimes({ iat: now, exp: now + life }, at, life);
        return true;
      } catch {
        return false;
      }
    };
    const seconds = Array.from({ length: 200 }, (_, index) => now - 70 + index);
    expect(seconds.filter(holds)).toEqual(
      seconds.filter((at) => at >= now - CLOCK_SKEW_SECONDS && at < now + life),
    );
  });
});
