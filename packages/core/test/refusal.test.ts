import { REASONS, type Reason, Refusal, isReason, isRetryable } from "@watchword/core";
import { describe, expect, test } from "vitest";

const reasons = Object.keys(REASONS) as Reason[];

describe("a refusal", () => {
  test("carries its reason and keeps the detail for operators in its message", () => {
    const cause = new Error("below");
    const refusal = new Refusal("limit_exceeded", {
      detail: "amount over 50.00 USD",
      failedFact: "argument:amount",
      decisionId: "dec_1",
      cause,
    });
    expect(refusal).toBeInstanceOf(Error);
    expect(refusal.name).toBe("Refusal");
    expect(refusal.message).toBe("limit_exceeded: amount over 50.00 USD");
    expect(refusal).toMatchObject({
      reason: "limit_exceeded",
      failedFact: "argument:amount",
      decisionId: "dec_1",
      cause,
    });
  });

  test("without a detail says its reason alone", () => {
    const refusal = new Refusal("not_granted");
    expect(refusal.message).toBe("not_granted");
    expect(refusal.failedFact).toBeUndefined();
    expect(refusal.decisionId).toBeUndefined();
    expect("cause" in refusal).toBe(false);
  });

  test("can be named by its decision afterwards, and stays the same otherwise", () => {
    const cause = new Error("below");
    const refusal = new Refusal("limit_exceeded", { detail: "a: b", failedFact: "argument:amount", cause });
    const named = refusal.withDecision("dec_1");
    expect(named).toMatchObject({
      reason: "limit_exceeded",
      failedFact: "argument:amount",
      decisionId: "dec_1",
      cause,
    });
    expect(named.message).toBe(refusal.message);
    expect(refusal.decisionId).toBeUndefined();
    const bare = new Refusal("not_granted").withDecision("dec_2").withDecision("dec_3");
    expect(bare).toMatchObject({ message: "not_granted", decisionId: "dec_3" });
    expect("cause" in bare).toBe(false);
  });

  test("keeps after how many seconds it can be asked again", () => {
    const refusal = new Refusal("rate_limited", { retryAfterSeconds: 30 });
    expect(refusal.withDecision("dec_1").ofKnownCaller().retryAfterSeconds).toBe(30);
    expect(new Refusal("not_granted").retryAfterSeconds).toBeUndefined();
  });

  test("is recognized when another copy of this package made it", () => {
    class Refusal2 extends Error {
      override readonly name = "Refusal";
      readonly reason = "not_granted";
    }
    expect(Refusal.is(new Refusal2())).toBe(true);
    expect(Refusal.is(new Refusal("not_granted"))).toBe(true);
  });

  test.for<[name: string, value: unknown]>([
    ["an error", new Error("not_granted")],
    ["a plain object", { name: "Refusal", reason: "not_granted" }],
    [
      "an error with a reason nobody knows",
      Object.assign(new Error("x"), { name: "Refusal", reason: "because" }),
    ],
    [
      "an error with a reason of every object",
      Object.assign(new Error("x"), { name: "Refusal", reason: "toString" }),
    ],
    ["an error that only has a reason", Object.assign(new Error("x"), { reason: "not_granted" })],
    ["an error that only has the name", Object.assign(new Error("x"), { name: "Refusal" })],
    ["text", "not_granted"],
    ["nothing", undefined],
    ["null", null],
  ])("is not %s", ([, value]) => {
    expect(Refusal.is(value)).toBe(false);
  });
});

describe("whatever was thrown becomes a refusal", () => {
  test("that keeps its own reason when it is one", () => {
    const refusal = new Refusal("tenant_mismatch", { detail: "other" });
    expect(Refusal.from(refusal, "internal")).toBe(refusal);
  });

  test.for<[name: string, thrown: unknown, kind: string]>([
    ["an error", new TypeError("canary"), "TypeError"],
    ["an error with a cause", new Error("x", { cause: "canary" }), "Error"],
    ["text", "canary", "string"],
    ["an object", { canary: "canary" }, "object"],
    ["nothing", undefined, "undefined"],
    ["null", null, "object"],
  ])("for the fallback reason otherwise, and nothing of its text is kept: %s", ([, thrown, kind]) => {
    const refusal = Refusal.from(thrown, "internal", { decisionId: "dec_1" });
    expect(refusal.reason).toBe("internal");
    expect(refusal.message).toBe(`internal: unplanned ${kind}`);
    expect(refusal.decisionId).toBe("dec_1");
    expect(refusal.cause).toBeUndefined();
    expect(`${refusal.stack} ${JSON.stringify(refusal)}`).not.toContain("canary");
  });

  test("with the caller's own detail, when there is one", () => {
    const refusal = Refusal.from(new Error("canary"), "downstream_unavailable", { detail: "no answer" });
    expect(refusal.message).toBe("downstream_unavailable: no answer");
  });
});

describe("the table of reasons", () => {
  test.for(reasons)("%s is stable: snake_case, a status, an OAuth code and a sentence", (reason) => {
    expect(reason).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    const { status, oauth, retry, text } = REASONS[reason];
    expect([400, 401, 403, 404, 409, 429, 500, 502, 503]).toContain(status);
    expect([
      "access_denied",
      "approval_required",
      "invalid_client",
      "invalid_dpop_proof",
      "invalid_request",
      "invalid_target",
      "invalid_token",
      "server_error",
      "temporarily_unavailable",
      "unsupported_token_type",
      "use_dpop_nonce",
    ]).toContain(oauth);
    expect(["never", "after_approval", "later"]).toContain(retry);
    expect(text).toMatch(/^[A-Z][^\n]{10,120}\.$/);
    expect(isReason(reason)).toBe(true);
    expect(isRetryable(reason)).toBe(retry !== "never");
  });

  test("has no two reasons of one text", () => {
    expect(new Set(reasons.map((reason) => REASONS[reason].text)).size).toBe(reasons.length);
  });

  test("is no policy oracle: no sentence holds a number, a name in quotes or a place to look", () => {
    for (const reason of reasons) expect(REASONS[reason].text).not.toMatch(/[0-9"`{}<>$]|https?:/);
  });

  test("says of an effect that may have happened never to try again", () => {
    for (const reason of ["outcome_unknown", "effect_pending", "already_done"] as const)
      expect(isRetryable(reason)).toBe(false);
  });

  test.for([
    "",
    "constructor",
    "__proto__",
    "toString",
    "Not_Granted",
    "not_granted ",
    1,
    null,
    undefined,
    ["internal"],
  ])("%j is no reason", (text) => {
    expect(isReason(text)).toBe(false);
  });

  test("cannot be added to", () => {
    expect(() => ((REASONS as Record<string, unknown>)["because"] = REASONS.internal)).toThrow(TypeError);
  });
});
