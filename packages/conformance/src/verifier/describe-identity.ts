import { describe, expect, test } from "vitest";
import type { MakeVerifierFixture } from "./verifier-fixture.ts";
import { TOKEN_CANARY, verifierDesk } from "./verifier-desk.ts";

const USES = ["workload", "user", "approver", "evidence", "operator"];

/** What an honest token gives. */
export function describeIdentity(make: MakeVerifierFixture): void {
  describe("what a verified identity says", () => {
    const desk = verifierDesk(make);

    test("is issuer, subject, claims and expiry as they were signed, and no more", async () => {
      const { verifier, claims } = desk.fixture();
      const identity = await desk.accepted();
      expect(identity).toEqual({
        issuer: verifier.issuer,
        subject: claims["sub"],
        claims: { ...claims, watchword_canary: TOKEN_CANARY },
        expiresAt: claims["exp"],
        authenticatedAt: claims["auth_time"],
      });
      expect(Object.isFrozen(identity)).toBe(true);
    });

    test("comes from a verifier that says for whom it is, and cannot be changed", () => {
      const { verifier } = desk.fixture();
      expect(verifier.issuer).toMatch(/^[a-z]+:/);
      expect(verifier.uses.length).toBeGreaterThan(0);
      for (const use of verifier.uses) expect(USES).toContain(use);
      expect(typeof verifier.developmentOnly).toBe("boolean");
      expect(Object.isFrozen(verifier)).toBe(true);
    });

    test.for<{ claim: string; value: unknown }>([
      { claim: "number", value: 7 },
      { claim: "zero", value: 0 },
      { claim: "list", value: ["acme", "globex"] },
      { claim: "list of one", value: ["acme"] },
      { claim: "empty list", value: [] },
      { claim: "empty text", value: "" },
      { claim: "null", value: null },
      { claim: "false", value: false },
      { claim: "object", value: { toString: "acme" } },
      { claim: "text in capitals", value: "Acme" },
      { claim: "text with a space", value: "acme " },
      { claim: "text that looks the same", value: "\u0430cme" },
      { claim: "text in another normal form", value: "acme\u0301" },
    ])("about a claim that is a $claim, is that very value: it is not made to fit", async ({ value }) => {
      const { claims } = await desk.accepted({ claims: { watchword_tenant: value } });
      expect(claims["watchword_tenant"]).toStrictEqual(value);
    });

    test("about a claim that is absent, is nothing, whatever every object has", async () => {
      const { claims } = await desk.accepted();
      for (const name of ["watchword_tenant", "toString", "valueOf", "constructor", "__proto__"])
        expect(Object.hasOwn(claims, name)).toBe(false);
    });

    test("about a claim named like a method of every object, is the token's own value", async () => {
      const { claims } = await desk.accepted({ claims: { toString: "acme", hasOwnProperty: "acme" } });
      expect(Object.hasOwn(claims, "toString") && claims["toString"]).toBe("acme");
    });

    test("about a claim in another spelling, stays in that claim", async () => {
      const { subject, claims } = await desk.accepted({
        claims: { Sub: "admin", SUB: "admin", "sub ": "admin", "app.sub": "admin" },
      });
      expect([subject, claims["sub"]]).toEqual(Array(2).fill(desk.fixture().claims["sub"]));
    });

    test("about the last login, is the issuer's number, or nothing", async () => {
      const { now } = desk.fixture();
      expect((await desk.accepted({ claims: { auth_time: now - 30 } })).authenticatedAt).toBe(now - 30);
      for (const auth_time of [undefined, null, String(now), [now], true])
        expect((await desk.accepted({ claims: { auth_time } })).authenticatedAt).toBeUndefined();
    });

    test("may come with a certificate's thumbprint, as large issuers send it", async () => {
      expect(await desk.accepted({ header: { x5t: "dGh1bWI" } })).toMatchObject({
        subject: desk.fixture().claims["sub"],
      });
    });
  });
}
