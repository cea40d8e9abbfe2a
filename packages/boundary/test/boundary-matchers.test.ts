import type { Ceiling } from "@watchword/core";
import type { AttemptLease } from "@watchword/boundary";
import type { RouteResult, Routes } from "@watchword/boundary/cells";
import { type ExpectedPrincipal, boundaryMatchers, boundaryProject } from "@watchword/boundary/vitest";
import { describe, expect, test } from "vitest";
import { ALLOWED, attemptWith } from "./sample-report.ts";

const matched = (found: { readonly pass: boolean }): boolean => found.pass;
const denied = (attempt: unknown): boolean =>
  matched(boundaryMatchers.toBeDenied(attempt, { reason: "tenant_mismatch" }));

describe("toBeDenied", () => {
  test("is a refusal for the reason, with nothing minted or sent", () => {
    expect(denied(attemptWith())).toBe(true);
    expect(
      matched(
        boundaryMatchers.toBeDenied(attemptWith(), { reason: "tenant_mismatch", failedFact: "tenant" }),
      ),
    ).toBe(true);
  });

  test.for([
    ["what was allowed", ALLOWED],
    ["another reason", attemptWith({ reason: "not_granted" })],
    ["a mint", attemptWith({ seen: { mints: 1, effects: 0, refused: 0 } })],
    ["an effect", attemptWith({ seen: { mints: 0, effects: 1, refused: 0 } })],
    ["a request that the system refused", attemptWith({ seen: { mints: 0, effects: 0, refused: 1 } })],
  ] as const)("is not %s", ([, attempt]) => {
    expect(denied(attempt)).toBe(false);
  });

  test("tells another failed fact apart, and says what was got", () => {
    const found = boundaryMatchers.toBeDenied(attemptWith(), {
      reason: "tenant_mismatch",
      failedFact: "agent",
    });
    expect(found.pass).toBe(false);
    expect(found.message()).toBe(
      "expected refused, tenant_mismatch by agent, with nothing minted or sent; got refused, tenant_mismatch, at act, 1 records",
    );
  });
});

describe("what the harness could not bring about", () => {
  const attempts = [
    attemptWith({ stage: "harness", detail: "no charge" }),
    attemptWith({ outcome: "failed", detail: "no charge" }),
  ];

  test("matches nothing, with .not neither", () => {
    for (const attempt of attempts) {
      const { toBeAllowed, toHaveMinted, toHaveSeenNoRequest, toBeRecorded } = boundaryMatchers;
      for (const matcher of [toBeAllowed, toHaveSeenNoRequest, toBeRecorded])
        expect(() => matcher(attempt)).toThrow("could not bring this about: no charge");
      expect(() => toHaveMinted(attempt, 0)).toThrow("could not bring this about");
      expect(() => denied(attempt)).toThrow("could not bring this about");
    }
    expect(() => boundaryMatchers.toBeAllowed(Promise.resolve(ALLOWED))).toThrow(
      "await what an agent proposes",
    );
  });
});

describe("toHavePrincipal", () => {
  const principal = {
    agent: "reader@1",
    tenant: "acme",
    run: "run_2",
    workload: "support-runtime",
    kind: "user",
    chain: ["support@1", "reader@1"],
  } as const;
  const held = (expected: ExpectedPrincipal) =>
    boundaryMatchers.toHavePrincipal(attemptWith({ principal }), expected);

  test("is about what it names, and an agent without a version is any version of it", () => {
    for (const expected of [
      principal,
      { agent: "reader", tenant: "acme" },
      { agent: "reader@1" },
      { chain: ["support@1", "reader@1"] },
    ])
      expect(matched(held(expected)), JSON.stringify(expected)).toBe(true);
  });

  test.for([
    { agent: "support" },
    { agent: "reader@2" },
    { agent: "read" },
    { tenant: "globex" },
    { run: "run_1" },
    { workload: "build-runtime" },
    { kind: "agent" },
    { chain: ["reader@1"] },
  ] as const)("is not %j", (wrong) => {
    expect(matched(held({ ...principal, ...wrong }))).toBe(false);
  });

  test("says whom it wanted and who it was", () => {
    expect(held({ agent: "support", tenant: "acme" }).message()).toBe(
      "expected agent support, tenant acme; got agent reader@1, tenant acme, run run_2, workload support-runtime, kind user, chain support@1 > reader@1",
    );
  });

  test("is said of nobody where the ledger names nobody, with .not neither", () => {
    for (const attempt of [attemptWith(), attemptWith({ principal: null })])
      expect(() => boundaryMatchers.toHavePrincipal(attempt, { agent: "support" })).toThrow(
        "the ledger says of nobody that they did this",
      );
  });
});

describe("toExpireWithin", () => {
  const lease = { kind: "restricted-key", custody: "gateway", seconds: 60, nativeSeconds: null } as const;
  const within = (change: Partial<AttemptLease>, seconds = 60) =>
    boundaryMatchers.toExpireWithin({ ...ALLOWED, lease: { ...lease, ...change } }, seconds);

  test("is the lease's end where the credential stays at the gateway, and the system's where it was released", () => {
    expect(matched(within({}))).toBe(true);
    expect(matched(within({}, 59))).toBe(false);
    expect(matched(within({ custody: "released", nativeSeconds: 60 }))).toBe(true);
    expect(matched(within({ custody: "released", nativeSeconds: 61 }))).toBe(false);
  });

  test("is never so of what was released and never ends by itself", () => {
    const found = within({ custody: "released" });
    expect(matched(found)).toBe(false);
    expect(found.message()).toBe(
      "expected what ends within 60 s; got a restricted-key that was released and never ends by itself; its lease ends after 60 s",
    );
    expect(within({}, 30).message()).toBe(
      "expected what ends within 30 s; got a restricted-key at the gateway, whose lease ends after 60 s",
    );
  });

  test("says nothing of what was never minted, with .not neither", () => {
    for (const attempt of [attemptWith(), attemptWith({ lease: null })])
      expect(() => boundaryMatchers.toExpireWithin(attempt, 60)).toThrow(
        "nothing was minted, so nothing can expire",
      );
  });
});

test("a proof counts only where somebody looked and found nothing", () => {
  const proof = { ledgerIntact: true, records: 1, leaks: [], openRoutes: [] };
  expect(matched(boundaryMatchers.toHaveNoRoute(proof))).toBe(true);
  expect(matched(boundaryMatchers.toHaveNoRoute({ ...proof, openRoutes: undefined }))).toBe(false);
  expect(matched(boundaryMatchers.toHaveNoRoute({ ...proof, openRoutes: ["1.1.1.1:443"] }))).toBe(false);
  expect(matched(boundaryMatchers.toContainNoSecret(proof))).toBe(true);
  expect(matched(boundaryMatchers.toContainNoSecret({ ...proof, leaks: ["stdout"] }))).toBe(false);
});

test("an agent's own look around finds no way out only where everything that it tried was without a route", () => {
  const target = { host: "1.1.1.1", port: 443 };
  const looked = (result: RouteResult, interfaces: readonly string[] = []): Routes => ({
    interfaces,
    routes: 0,
    targets: [{ ...target, result }],
  });
  expect(matched(boundaryMatchers.toHaveNoRoute(looked("no-route")))).toBe(true);
  for (const result of ["open", "refused", "timeout", "failed:EPERM"] as const)
    expect(matched(boundaryMatchers.toHaveNoRoute(looked(result))), result).toBe(false);
  expect(matched(boundaryMatchers.toHaveNoRoute(looked("no-route", ["eth0"])))).toBe(false);
  expect(boundaryMatchers.toHaveNoRoute(looked("timeout")).message()).toBe(
    "expected no way out; got 1.1.1.1:443 (timeout)",
  );
});

test("a ceiling is narrower when it is within the other and the other is not within it", () => {
  const ceiling = (...operations: string[]): Ceiling =>
    operations.map((operation) => ({ system: "payments", operation, resource: {}, limits: {} }));
  const narrower = (inner: Ceiling, outer: Ceiling) =>
    matched(boundaryMatchers.toBeNarrowerThan(inner, outer));
  expect(narrower(ceiling("a"), ceiling("a", "b"))).toBe(true);
  expect(narrower(ceiling("a", "b"), ceiling("a", "b"))).toBe(false);
  expect(narrower(ceiling("c"), ceiling("a", "b"))).toBe(false);
});

test("a project of boundary tests tries nothing twice", () => {
  expect(boundaryProject()).toMatchObject({
    extends: true,
    test: { include: ["**/*.boundary.test.ts"], retry: 0 },
  });
  expect(boundaryProject({ include: ["a.ts"] }).test.include).toEqual(["a.ts"]);
});
