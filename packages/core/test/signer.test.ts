import {
  type PublicJwk,
  type Signer,
  TOKEN_TYPES,
  generateSigner,
  publicJwkOf,
  signToken,
  signerOf,
  thumbprint,
  verificationKey,
  verifySignedToken,
} from "@watchword/core";
import { inspect } from "node:util";
import { calculateJwkThumbprint } from "jose";
import { beforeAll, describe, expect, test } from "vitest";

let signer: Signer;
let jwk: PublicJwk;
beforeAll(async () => {
  signer = await generateSigner();
  jwk = signer.publicJwk;
});

describe("a signer", () => {
  test("has a key of its own", async () => {
    const others = await Promise.all(Array.from({ length: 20 }, () => generateSigner()));
    expect(new Set(others.map((each) => each.keyId)).size).toBe(20);
    expect(new Set(others.map((each) => each.publicJwk.x)).size).toBe(20);
  });

  test("signs 64 bytes that its public key confirms", async () => {
    const input = new TextEncoder().encode("input");
    const signature = await signer.sign(input);
    expect(signature).toHaveLength(64);
    const { key } = await verificationKey(signer.keyId, jwk);
    const check = { name: "ECDSA", hash: "SHA-256" };
    expect(await crypto.subtle.verify(check, key, new Uint8Array(signature), input)).toBe(true);
    expect(await crypto.subtle.verify(check, key, new Uint8Array(signature), Buffer.from("other"))).toBe(
      false,
    );
  });

  test("shows no private part and cannot be changed", () => {
    expect(Object.keys(signer).toSorted()).toEqual(["keyId", "publicJwk", "sign"]);
    expect(Object.keys(jwk).toSorted()).toEqual(["crv", "kty", "x", "y"]);
    expect(inspect(signer, { depth: 9, showHidden: true })).not.toMatch(/\bd:/);
    expect(() => ((signer as { keyId: string }).keyId = "other")).toThrow(TypeError);
  });

  test("over a key from elsewhere signs with that key", async () => {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
      "sign",
      "verify",
    ]);
    const publicJwk = publicJwkOf(await crypto.subtle.exportKey("jwk", pair.publicKey));
    const other = signerOf("kms-1", pair.privateKey, publicJwk);
    const token = await signToken(other, TOKEN_TYPES.run, { iat: 1 });
    const key = () => verificationKey("kms-1", publicJwk);
    expect(await verifySignedToken(token, { typ: TOKEN_TYPES.run, key })).toEqual({ iat: 1 });
  });
});

describe("a public key", () => {
  test("is its four members and nothing else that came along", () => {
    const given = { ...jwk, kid: "1", use: "sig", x5u: "https://attacker.example", alg: "none", key_ops: [] };
    expect(publicJwkOf(given)).toEqual(jwk);
    expect(Object.isFrozen(publicJwkOf(given))).toBe(true);
  });

  test("does not take part in signing", async () => {
    const { key } = await verificationKey("1", jwk);
    expect(key.type).toBe("public");
    expect(key.usages).toEqual(["verify"]);
    expect(key.extractable).toBe(false);
  });

  test.for<[name: string, change: (key: PublicJwk) => object]>([
    ["with its private part", (key) => ({ ...key, d: "AAAA" })],
    ["with a private part that is empty", (key) => ({ ...key, d: undefined })],
    ["of another curve", (key) => ({ ...key, crv: "P-384" })],
    ["of a curve in small letters", (key) => ({ ...key, crv: "p-256" })],
    ["of another kind", (key) => ({ ...key, kty: "RSA" })],
    ["that is a secret", () => ({ kty: "oct", k: "AAAA" })],
    ["without x", ({ x: _x, ...key }) => key],
    ["without y", ({ y: _y, ...key }) => key],
    ["with an x that is a list", (key) => ({ ...key, x: [key.x] })],
    ["with a short x", (key) => ({ ...key, x: key.x.slice(1) })],
    ["with a long x", (key) => ({ ...key, x: `AA${key.x}` })],
    ["with padding", (key) => ({ ...key, x: `${key.x}=` })],
    ["with a space", (key) => ({ ...key, y: `${key.y} ` })],
    ["with a line", (key) => ({ ...key, y: `${key.y}\n` })],
    ["in plain base64", (key) => ({ ...key, y: `+/${key.y.slice(2)}` })],
    ["that is empty", () => ({})],
  ])("%s is refused", ([, change]) => {
    expect(() => publicJwkOf(change(jwk))).toThrow(TypeError);
  });

  test("has one spelling: other last bits of the same number are refused", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".split("");
    const sameNumber = alphabet.filter((last) =>
      Buffer.from(jwk.x.slice(0, -1) + last, "base64url").equals(Buffer.from(jwk.x, "base64url")),
    );
    expect(sameNumber).toHaveLength(4);
    const accepted = sameNumber.filter((last) => isPublicKey({ ...jwk, x: jwk.x.slice(0, -1) + last }));
    expect(accepted).toEqual([jwk.x.slice(-1)]);
  });

  test("that is no point of the curve is not imported", async () => {
    await expect(verificationKey("1", { ...jwk, y: jwk.x })).rejects.toThrow();
    await expect(verificationKey("1", { ...jwk, x: "A".repeat(43), y: "A".repeat(43) })).rejects.toThrow();
  });
});

describe("a thumbprint", () => {
  test("is the one of RFC 7638, over the four members alone", async () => {
    expect(await thumbprint(jwk)).toBe(await calculateJwkThumbprint({ ...jwk }, "sha256"));
    expect(await thumbprint({ ...jwk, kid: "other" } as PublicJwk)).toBe(await thumbprint(jwk));
    expect(await thumbprint(jwk)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test("of another key is another", async () => {
    expect(await thumbprint((await generateSigner()).publicJwk)).not.toBe(await thumbprint(jwk));
  });
});

function isPublicKey(candidate: object): boolean {
  try {
    publicJwkOf(candidate);
    return true;
  } catch {
    return false;
  }
}
