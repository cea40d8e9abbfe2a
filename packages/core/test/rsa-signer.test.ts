import { generateKeyPairSync } from "node:crypto";
import { publicJwkOf, rsaPublicJwkOf, rsaSignerOf, signToken, verifySignedToken } from "@watchword/core";
import { compactVerify, importJWK } from "jose";
import { expect, test } from "vitest";

const jwkOf = (modulusLength: number, publicExponent = 0x1_00_01): Record<string, string> =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).privateKey.export({
    format: "jwk",
  }) as Record<string, string>;
const PRIVATE = jwkOf(2048);

test("an RSA signer makes RS256 tokens that jose verifies, and shows no private part", async () => {
  const signer = await rsaSignerOf("clouds-1", PRIVATE);
  const token = await signToken(signer, "JWT", { sub: "a" });
  const { protectedHeader } = await compactVerify(token, await importJWK({ ...signer.publicJwk }, "RS256"), {
    algorithms: ["RS256"],
  });
  expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT", kid: "clouds-1" });
  expect(Object.keys(signer.publicJwk).toSorted()).toEqual(["e", "kty", "n"]);
  expect(JSON.stringify(signer)).not.toContain(PRIVATE["d"]);
});

test("a token that RSA signed is none of ours, and no RSA key is one of our own public keys", async () => {
  const signer = await rsaSignerOf("clouds-1", PRIVATE);
  const token = await signToken(signer, "JWT", { sub: "a" });
  await expect(verifySignedToken(token, { typ: "JWT", key: () => undefined })).rejects.toThrow(
    "algorithm is not ES256",
  );
  expect(() => publicJwkOf(signer.publicJwk)).toThrow(TypeError);
});

test.for<[string, Record<string, unknown>]>([
  ["of 1024 bit", jwkOf(1024)],
  ["of 3072 bit", jwkOf(3072)],
  ["with another exponent", jwkOf(2048, 3)],
  ["of another kind", { ...PRIVATE, kty: "EC" }],
  ["with a modulus that begins with zeros", { ...PRIVATE, n: `AAAA${PRIVATE["n"]?.slice(4)}` }],
  ["with its private part", PRIVATE],
])("a key %s is no public key of the federation issuer", ([, jwk]) => {
  const { kty, n, e, d } = jwk;
  const shown = jwk === PRIVATE ? { kty, n, e, d } : { kty, n, e };
  expect(() => rsaPublicJwkOf(shown)).toThrow(TypeError);
});
