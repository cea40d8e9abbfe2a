import { inspect } from "node:util";
import { developmentIssuer } from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { describe, expect, test } from "vitest";
import { BROKER, LOGIN, NOW, clock } from "./login-service.ts";

describe("a login service in memory", () => {
  test("makes ten-minute ID tokens that a verifier with its keys accepts", async () => {
    const login = await developmentIssuer({ issuer: LOGIN, clock });
    const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: login.jwks, clock });
    const token = await login.idToken({
      subject: "dana",
      audience: BROKER,
      claims: { org_id: "acme", groups: ["support"] },
      authTime: NOW - 30,
    });
    expect(await users.verify(token)).toMatchObject({
      issuer: LOGIN,
      subject: "dana",
      claims: { org_id: "acme", groups: ["support"] },
      expiresAt: NOW + 600,
      authenticatedAt: NOW - 30,
    });
  });

  test("does not say when somebody logged in unless it was told", async () => {
    const login = await developmentIssuer({ issuer: LOGIN, clock });
    const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: login.jwks, clock });
    const token = await login.idToken({ subject: "dana", audience: BROKER });
    expect((await users.verify(token)).authenticatedAt).toBeUndefined();
  });

  test("keeps issuer, subject, audience and times whatever the claims say", async () => {
    const login = await developmentIssuer({ issuer: LOGIN, clock });
    const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: login.jwks, clock });
    const claims = { iss: "https://evil.example", sub: "admin", aud: "x", iat: 0, exp: NOW * 2, jti: "mine" };
    const dana = await users.verify(await login.idToken({ subject: "dana", audience: BROKER, claims }));
    expect(dana).toMatchObject({ issuer: LOGIN, subject: "dana", expiresAt: NOW + 600 });
    expect(dana.claims["jti"]).not.toBe("mine");
  });

  test("publishes public keys alone, and shows no private one", async () => {
    const login = await developmentIssuer({ issuer: LOGIN });
    expect(login.jwks.keys.map((key) => Object.keys(key).toSorted())).toEqual([
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]);
    expect(inspect(login, { depth: 10, showHidden: true })).not.toMatch(/\bd:/);
  });

  test("is not believed after a restart: its key is gone with the process", async () => {
    const before = await developmentIssuer({ issuer: LOGIN, clock });
    const after = await developmentIssuer({ issuer: LOGIN, clock });
    const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: after.jwks, clock });
    const token = await before.idToken({ subject: "dana", audience: BROKER });
    await expect(users.verify(token)).rejects.toMatchObject({ reason: "token_untrusted" });
  });

  test("makes a token for one audience, which is refused by any other", async () => {
    const login = await developmentIssuer({ issuer: LOGIN, clock });
    const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: login.jwks, clock });
    const token = await login.idToken({ subject: "dana", audience: "https://app.example" });
    await expect(users.verify(token)).rejects.toMatchObject({ reason: "token_wrong_audience" });
  });

  test("tells the machine's time unless it is given a clock", async () => {
    const login = await developmentIssuer({ issuer: LOGIN });
    const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: login.jwks });
    const { expiresAt } = await users.verify(await login.idToken({ subject: "dana", audience: BROKER }));
    expect(Math.abs(expiresAt - 600 - Date.now() / 1_000)).toBeLessThan(30);
  });
});
