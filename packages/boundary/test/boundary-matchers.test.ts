import type { Ceiling } from "@watchword/core";
import { boundaryMatchers, boundaryProject } from "@watchword/boundary/vitest";
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

test("a proof counts only where somebody looked and found nothing", () => {
  const proof = { ledgerIntact: true, records: 1, leaks: [], openRoutes: [] };
  expect(matched(boundaryMatchers.toHaveNoRoute(proof))).toBe(true);
  expect(matched(boundaryMatchers.toHaveNoRoute({ ...proof, openRoutes: undefined }))).toBe(false);
  expect(matched(boundaryMatchers.toHaveNoRoute({ ...proof, openRoutes: ["1.1.1.1:443"] }))).toBe(false);
  expect(matched(boundaryMatchers.toContainNoSecret(proof))).toBe(true);
  expect(matched(boundaryMatchers.toContainNoSecret({ ...proof, leaks: ["stdout"] }))).toBe(false);
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
