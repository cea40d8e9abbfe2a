import { generateKeyPairSync } from "node:crypto";
import { issuerKey } from "@watchword/conformance";
import { TOKEN_TYPES } from "@watchword/core";
import { createVerifier, staticKeys } from "@watchword/identity";
import { oidc } from "@watchword/identity/oidc";
import { describe, expect, test } from "vitest";
import { BROKER, LOGIN, clock, tokenOf } from "./login-service.ts";

const rsa = issuerKey("RS256", "rsa-1");
const ec = issuerKey("ES256", "ec-1");
type Jwk = Readonly<Record<string, unknown>>;
const rsaJwk: Jwk = { ...rsa.publicKey.export({ format: "jwk" }) };
const ecJwk: Jwk = { ...ec.publicKey.export({ format: "jwk" }) };
const rsaOf = (modulusLength: number, publicExponent = 65_537): Jwk => ({
  ...generateKeyPairSync("rsa", { modulusLength, publicExponent }).publicKey.export({ format: "jwk" }),
});
const curve = (namedCurve: string): Jwk => ({
  ...generateKeyPairSync("ec", { namedCurve }).publicKey.export({ format: "jwk" }),
});

/** A short modulus behind as many zeros as make it look long. */
function padded(jwk: Jwk): Jwk {
  const modulus = Buffer.from(String(jwk["n"]), "base64url");
  return { ...jwk, n: Buffer.concat([Buffer.alloc(256 - modulus.length), modulus]).toString("base64url") };
}

describe("a key set", () => {
  test.for<{ because: string; key: Jwk; says: string }>([
    { because: "a shared secret", key: { kty: "oct", k: "c2VjcmV0" }, says: "not a public key" },
    { because: "a shared secret without the secret", key: { kty: "oct" }, says: "not a public key" },
    {
      because: "a shared secret in the clothes of RSA",
      key: { ...rsaJwk, k: "c2VjcmV0" },
      says: "not a public key",
    },
    {
      because: "a private EC key",
      key: { ...ec.privateKey.export({ format: "jwk" }) },
      says: "not a public key",
    },
    {
      because: "a private RSA key",
      key: { ...rsa.privateKey.export({ format: "jwk" }) },
      says: "not a public key",
    },
    { because: "a key for encryption", key: { ...rsaJwk, use: "enc" }, says: "not for signatures" },
    {
      because: "a key whose operations do not include verifying",
      key: { ...rsaJwk, key_ops: ["encrypt", "wrapKey"] },
      says: "key_ops without verify",
    },
    {
      because: "a key for verifying and for encryption",
      key: { ...rsaJwk, key_ops: ["verify", "encrypt"] },
      says: "cannot be imported",
    },
    { because: "RSA of 1,024 bits", key: rsaOf(1_024), says: "RSA needs 2,048 bits" },
    { because: "RSA a few bits short", key: rsaOf(2_041), says: "RSA needs 2,048 bits" },
    { because: "RSA of 1,024 bits behind zeros", key: padded(rsaOf(1_024)), says: "RSA needs 2,048 bits" },
    { because: "RSA with the exponent 3", key: rsaOf(2_048, 3), says: "an exponent of 65,537" },
    { because: "RSA with the exponent 1", key: { ...rsaJwk, e: "AQ" }, says: "an exponent of 65,537" },
    { because: "RSA with no exponent", key: { ...rsaJwk, e: "" }, says: "an exponent of 65,537" },
    {
      because: "RSA with an exponent behind zeros",
      key: { ...rsaOf(2_048, 3), e: "AAAAAAM" },
      says: "key 1",
    },
    { because: "RSA with an exponent to wait for", key: { ...rsaJwk, e: rsaJwk["n"] }, says: "RSA needs" },
    { because: "RSA without a modulus", key: { kty: "RSA", e: "AQAB" }, says: "cannot be imported" },
    { because: "P-384", key: curve("P-384"), says: "kind or alg is not supported" },
    { because: "P-521", key: curve("P-521"), says: "kind or alg is not supported" },
    { because: "secp256k1", key: curve("secp256k1"), says: "kind or alg is not supported" },
    { because: "a point off its curve", key: { ...ecJwk, x: ecJwk["y"] }, says: "cannot be imported" },
    { because: "half a point", key: { ...ecJwk, y: undefined }, says: "cannot be imported" },
    { because: "an EC point of another kind", key: { ...ecJwk, kty: "OKP" }, says: "cannot be imported" },
    { because: "no kind", key: { kid: "a" }, says: "kind or alg is not supported" },
    { because: "a key for HS256", key: { ...rsaJwk, alg: "HS256" }, says: "kind or alg is not supported" },
    {
      because: "a key for no algorithm",
      key: { ...rsaJwk, alg: "none" },
      says: "kind or alg is not supported",
    },
    {
      because: "RSA that says ES256",
      key: { ...rsaJwk, alg: "ES256" },
      says: "kind or alg is not supported",
    },
    { because: "EC that says RS256", key: { ...ecJwk, alg: "RS256" }, says: "kind or alg is not supported" },
    { because: "a key id that is a number", key: { ...ecJwk, kid: 7 }, says: "kid is not a string" },
  ])("with $because is refused whole, and the error says which key", async ({ key, says }) => {
    const set = { keys: [rsa.jwk, key] };
    const error: unknown = await staticKeys(set).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain("jwks: key 1: ");
    expect(String(error)).toContain(says);
    for (const value of Object.values(key))
      if (typeof value === "string" && value.length > 16) expect(String(error)).not.toContain(value);
    await expect(oidc({ issuer: LOGIN, audience: BROKER, jwks: set })).rejects.toThrow(says);
  });

  test("with two keys of one id is refused, so that no token can mean either", async () => {
    const again = { ...issuerKey("RS256", "ec-1").jwk };
    await expect(staticKeys({ keys: [ec.jwk, again] })).rejects.toThrow("jwks: two keys with one kid");
    await expect(staticKeys({ keys: [ecJwk, rsaJwk] })).rejects.toThrow("jwks: two keys with one kid");
  });

  test("without keys is refused, and is not a verifier that trusts nobody yet", async () => {
    await expect(staticKeys({ keys: [] })).rejects.toThrow("jwks: no keys");
    await expect(oidc({ issuer: LOGIN, audience: BROKER, jwks: { keys: [] } })).rejects.toThrow(/jwks/);
  });

  test("gives a key its algorithm by its kind, or by its own alg", async () => {
    const edwards: Jwk = { ...issuerKey("EdDSA", "x").publicKey.export({ format: "jwk" }) };
    const algorithm = async (jwk: Jwk): Promise<string | undefined> =>
      (await (await staticKeys({ keys: [jwk] })).find(undefined))?.algorithm;
    expect(await algorithm(rsaJwk)).toBe("RS256");
    expect(await algorithm({ ...rsaJwk, alg: "PS256" })).toBe("PS256");
    expect(await algorithm(ecJwk)).toBe("ES256");
    expect(await algorithm(edwards)).toBe("Ed25519");
    expect(await algorithm({ ...edwards, alg: "EdDSA" })).toBe("EdDSA");
  });

  test("gives a key without being asked by id only when there is no other", async () => {
    const one = await staticKeys({ keys: [ec.jwk] });
    const two = await staticKeys({ keys: [ec.jwk, rsa.jwk] });
    expect((await one.find(undefined))?.keyId).toBe("ec-1");
    expect(await two.find(undefined)).toBeUndefined();
    expect((await two.find("rsa-1"))?.keyId).toBe("rsa-1");
  });
});

describe("an issuer that changes its keys", () => {
  const verifierOf = (...keys: readonly object[]): ReturnType<typeof oidc> =>
    oidc({ issuer: LOGIN, audience: BROKER, jwks: { keys }, clock });
  const next = issuerKey("ES256", "ec-2");

  test("is believed under the new key only when it was configured, and asked nothing", async () => {
    const before = await verifierOf(ec.jwk);
    const during = await verifierOf(ec.jwk, next.jwk);
    const after = await verifierOf(next.jwk);
    const [old, fresh] = [tokenOf(ec), tokenOf(next)];
    await expect(before.verify(fresh)).rejects.toMatchObject({ reason: "token_untrusted" });
    expect(await during.verify(old)).toEqual(await during.verify(fresh));
    await expect(after.verify(old)).rejects.toMatchObject({ reason: "token_untrusted" });
  });

  test("under an old id is not believed by the old key", async () => {
    const reused = issuerKey("ES256", "ec-1");
    const users = await verifierOf(ec.jwk);
    await expect(users.verify(tokenOf(reused))).rejects.toMatchObject({ reason: "token_untrusted" });
  });
});

describe("a verifier for a system of one's own", () => {
  const settings = {
    issuer: LOGIN,
    audience: BROKER,
    uses: ["user"],
    algorithms: ["ES256"],
    maxLifetimeSeconds: 600,
    developmentOnly: false,
    clock,
  } as const;

  test("vouches for nobody when its key source fails", async () => {
    const keys = { find: () => Promise.reject(new Error("the disk is gone")) };
    const users = createVerifier({ ...settings, keys });
    await expect(users.verify(tokenOf(ec))).rejects.toThrow("the disk is gone");
  });

  test("takes the kinds of token that it lists, and then no other", async () => {
    const users = createVerifier({
      ...settings,
      keys: await staticKeys({ keys: [ec.jwk] }),
      types: ["at+jwt"],
    });
    expect(await users.verify(tokenOf(ec, { header: { typ: "at+jwt" } }))).toMatchObject({ issuer: LOGIN });
    for (const typ of [undefined, "JWT", "AT+JWT"])
      await expect(users.verify(tokenOf(ec, { header: { typ } }))).rejects.toMatchObject({
        reason: "token_wrong_type",
      });
  });

  test("takes no run token, assertion or proof for an identity, even where they are listed", async () => {
    const own = [TOKEN_TYPES.run, TOKEN_TYPES.assertion, TOKEN_TYPES.proof];
    const users = createVerifier({ ...settings, keys: await staticKeys({ keys: [ec.jwk] }), types: own });
    for (const typ of own)
      await expect(users.verify(tokenOf(ec, { header: { typ } }))).rejects.toMatchObject({
        reason: "token_wrong_type",
      });
  });
});
