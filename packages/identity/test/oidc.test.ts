import { type IssuerKey, issuerKey } from "@watchword/conformance";
import type { Clock } from "@watchword/core";
import { type OidcOptions, oidc } from "@watchword/identity/oidc";
import { describe, expect, test, vi } from "vitest";
import { BROKER, CANARY, LOGIN, NOW, clock, tokenOf } from "./login-service.ts";

const ec = issuerKey("ES256", "ec-1");
const rsa = issuerKey("RS256", "rsa-1");
const honest: OidcOptions = { issuer: LOGIN, audience: BROKER, jwks: { keys: [ec.jwk, rsa.jwk] }, clock };

describe("a verifier of one OpenID Connect issuer", () => {
  test("says for whom it is: users, never in place of workloads, unless told", async () => {
    const users = await oidc(honest);
    expect(users).toMatchObject({ issuer: LOGIN, uses: ["user"], developmentOnly: false });
    const workloads = await oidc({ ...honest, uses: ["workload"] });
    expect(workloads.uses).toEqual(["workload"]);
  });

  test("is frozen", async () => {
    expect(Object.isFrozen(await oidc(honest))).toBe(true);
  });

  test("is not changed by whoever still holds its options", async () => {
    const keys = [{ ...ec.jwk }];
    const algorithms: ("ES256" | "RS256")[] = ["ES256"];
    const uses: ("user" | "approver")[] = ["user"];
    const users = await oidc({ ...honest, jwks: { keys }, algorithms, uses });
    keys.push({ ...rsa.jwk });
    Object.assign(keys[0] ?? {}, issuerKey("ES256", "ec-1").jwk);
    algorithms.push("RS256");
    uses.push("approver");
    expect(await users.verify(tokenOf(ec))).toMatchObject({ subject: CANARY });
    await expect(users.verify(tokenOf(rsa))).rejects.toMatchObject({ reason: "token_untrusted" });
    expect(users.uses).toEqual(["user"]);
  });

  test.for<{ wrong: string; options: object; names: string }>([
    { wrong: "an issuer over http", options: { issuer: "http://login.test.example" }, names: "issuer" },
    { wrong: "an issuer that is no URL", options: { issuer: "login.test.example" }, names: "issuer" },
    { wrong: "an issuer from a file", options: { issuer: "file:///etc/issuer" }, names: "issuer" },
    { wrong: "no issuer", options: { issuer: undefined }, names: "issuer" },
    { wrong: "an empty audience", options: { audience: "" }, names: "audience" },
    { wrong: "no audience", options: { audience: undefined }, names: "audience" },
    { wrong: "two audiences", options: { audience: [BROKER, LOGIN] }, names: "audience" },
    { wrong: "no key set", options: { jwks: undefined }, names: "jwks" },
    { wrong: "a key set that is a list", options: { jwks: [ec.jwk] }, names: "jwks" },
    { wrong: "a key set behind a URL", options: { jwks: `${LOGIN}/jwks` }, names: "jwks" },
    { wrong: "a key that is null", options: { jwks: { keys: [null] } }, names: "jwks.keys.0" },
    { wrong: "no algorithms", options: { algorithms: [] }, names: "algorithms" },
    { wrong: "HS256", options: { algorithms: ["ES256", "HS256"] }, names: "algorithms.1" },
    { wrong: "alg none", options: { algorithms: ["none"] }, names: "algorithms.0" },
    { wrong: "no uses", options: { uses: [] }, names: "uses" },
    { wrong: "a use that nobody knows", options: { uses: ["admin"] }, names: "uses.0" },
    { wrong: "tokens that never live", options: { maxLifetimeSeconds: 0 }, names: "maxLifetimeSeconds" },
    { wrong: "tokens for a month", options: { maxLifetimeSeconds: 2_592_000 }, names: "maxLifetimeSeconds" },
    { wrong: "tokens for ever", options: { maxLifetimeSeconds: Infinity }, names: "maxLifetimeSeconds" },
    { wrong: "an option that nobody knows", options: { skipAudience: true }, names: "skipAudience" },
  ])(
    "with $wrong is refused before it exists, and the error names the option",
    async ({ options, names }) => {
      const error: unknown = await oidc({ ...honest, ...options }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain("oidc: ");
      expect(String(error)).toContain(names);
    },
  );

  test.for<{ key: IssuerKey; algorithm: "RS256" | "PS256" | "ES256" | "Ed25519" | "EdDSA" }>([
    { key: rsa, algorithm: "RS256" },
    { key: issuerKey("PS256", "pss-1"), algorithm: "PS256" },
    { key: ec, algorithm: "ES256" },
    { key: issuerKey("Ed25519", "edwards-1"), algorithm: "Ed25519" },
    { key: issuerKey("EdDSA", "edwards-2"), algorithm: "EdDSA" },
  ])("accepts $algorithm where it is listed, and only there", async ({ key, algorithm }) => {
    const jwks = { keys: [key.jwk] };
    const listed = await oidc({ ...honest, jwks, algorithms: [algorithm] });
    const other = await oidc({ ...honest, jwks, algorithms: [algorithm === "ES256" ? "RS256" : "ES256"] });
    expect(await listed.verify(tokenOf(key))).toMatchObject({ subject: CANARY });
    await expect(other.verify(tokenOf(key))).rejects.toMatchObject({ reason: "token_untrusted" });
  });

  test("imports each key once, and none for a token", async () => {
    const imports = vi.spyOn(crypto.subtle, "importKey");
    const users = await oidc(honest);
    expect(imports.mock.calls.length).toBe(2);
    for (let index = 0; index < 20; index++) {
      await users.verify(tokenOf(ec));
      await users.verify(tokenOf(rsa));
    }
    expect(imports.mock.calls.length).toBe(2);
    imports.mockRestore();
  });
});

describe("time", () => {
  test("is the injected clock's, second by second", async () => {
    let seconds = NOW;
    const moved: Clock = { now: () => seconds * 1_000 + 999 };
    const users = await oidc({ ...honest, clock: moved });
    const token = tokenOf(ec);
    seconds = NOW + 599;
    expect(await users.verify(token)).toMatchObject({ expiresAt: NOW + 600 });
    seconds = NOW + 600;
    await expect(users.verify(token)).rejects.toMatchObject({ reason: "token_expired" });
    seconds = NOW - 3_600;
    await expect(users.verify(token)).rejects.toMatchObject({ reason: "token_expired" });
  });

  test("is the machine's without one: what is good in a far year is not good now", async () => {
    const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: honest.jwks });
    const now = Math.floor(Date.now() / 1_000);
    expect(await users.verify(tokenOf(ec, { claims: { iat: now, exp: now + 60 } }))).toMatchObject({
      subject: CANARY,
    });
    const far = now + 1_000_000_000;
    await expect(users.verify(tokenOf(ec, { claims: { iat: far, exp: far + 60 } }))).rejects.toMatchObject({
      reason: "token_expired",
    });
  });

  test("is counted from now for a token that does not say when it was made", async () => {
    const users = await oidc(honest);
    expect(await users.verify(tokenOf(ec, { claims: { iat: undefined } }))).toMatchObject({
      subject: CANARY,
    });
  });

  test("that a token lives is bounded by configuration, or by a day", async () => {
    const users = await oidc({ ...honest, maxLifetimeSeconds: 599 });
    await expect(users.verify(tokenOf(ec))).rejects.toMatchObject({ reason: "token_expired" });
    expect(await users.verify(tokenOf(ec, { claims: { exp: NOW + 599 } }))).toMatchObject({
      subject: CANARY,
    });
    const aDay = await oidc(honest);
    expect(await aDay.verify(tokenOf(ec, { claims: { exp: NOW + 86_400 } }))).toMatchObject({
      subject: CANARY,
    });
    await expect(aDay.verify(tokenOf(ec, { claims: { exp: NOW + 86_401 } }))).rejects.toMatchObject({
      reason: "token_expired",
    });
  });
});
