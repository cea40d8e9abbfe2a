import { createHmac, sign } from "node:crypto";
import { type IdentityVerifier, type Reason, TOKEN_TYPES } from "@watchword/core";
import { oidc } from "@watchword/identity/oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BROKER,
  CANARY,
  LOGIN,
  clock,
  encode,
  expectRefusal,
  honestClaims,
  loginKey,
  signatureOf,
  tokenOf,
} from "./login-service.ts";
import { type RogueHost, rogueHost } from "./rogue-host.ts";

const rsa = loginKey("RS256", "rsa-1");
const ec = loginKey("ES256", "ec-1");
const edwards = loginKey("Ed25519", "edwards-1");
const thief = loginKey("RS256", "thief-1");
const otherCurve = loginKey("ES384", "ec-1");

let users: IdentityVerifier;
let rogue: RogueHost;
beforeAll(async () => {
  rogue = await rogueHost([thief.jwk]);
  // The key set names no algorithms, as those of several large issuers do not.
  const keys = [rsa, ec, edwards].map(({ jwk }) => ({ ...jwk, alg: undefined }));
  users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: { keys }, clock });
});
afterAll(() => rogue[Symbol.asyncDispose]());

interface Attack {
  readonly attack: string;
  readonly reason: Reason;
  readonly token: () => string;
}
const refused = ({ reason, token }: Attack): Promise<void> => expectRefusal(users, token(), reason);

describe("an honest token", () => {
  test.for([rsa, ec])("of $alg is accepted, or nothing below would mean anything", async (key) => {
    expect(await users.verify(tokenOf(key))).toMatchObject({ issuer: LOGIN, subject: CANARY });
  });

  test("may name its certificate's thumbprint, as large issuers do", async () => {
    expect(await users.verify(tokenOf(rsa, { header: { x5t: "dGh1bWI" } }))).toMatchObject({ issuer: LOGIN });
  });
});

describe("an algorithm that the attacker chose", () => {
  const hmac = (secret: string | Uint8Array): string =>
    tokenOf(rsa, {
      header: { alg: "HS256" },
      signature: (input) => createHmac("sha256", secret).update(input).digest(),
    });
  const pem = rsa.publicKey.export({ format: "pem", type: "spki" });

  test.for<Attack>([
    ...["none", "None", "NONE", "nOnE"].flatMap((alg): Attack[] => [
      {
        attack: `${alg}, with no signature`,
        reason: "token_malformed",
        token: () => tokenOf(rsa, { header: { alg }, signature: () => new Uint8Array() }),
      },
      {
        attack: `${alg}, with a good RS256 signature`,
        reason: "token_untrusted",
        token: () => tokenOf(rsa, { header: { alg } }),
      },
    ]),
    ...Object.entries({
      "the public key in PEM": pem,
      "the public key in PEM after a newline": `\n${String(pem)}`,
      "the public key in DER": rsa.publicKey.export({ format: "der", type: "spki" }),
      "the public key as JWK text": JSON.stringify(rsa.jwk),
      "the modulus": Buffer.from(String(rsa.publicKey.export({ format: "jwk" }).n), "base64url"),
      "an empty secret": "",
      "a guessable secret": "secret",
    }).map(([secret, value]): Attack => ({
      attack: `HS256 with ${secret}`,
      reason: "token_untrusted",
      token: () => hmac(value),
    })),
    ...["RS384", "RS512", "PS256", "PS512"].map((alg): Attack => ({
      attack: `${alg}, by the right key, where the key is for RS256`,
      reason: "token_untrusted",
      token: () =>
        tokenOf(rsa, { header: { alg }, signature: (input) => signatureOf(alg, rsa.privateKey, input) }),
    })),
    {
      attack: "Ed25519, by a key of the issuer, where the configuration does not list it",
      reason: "token_untrusted",
      token: () => tokenOf(edwards),
    },
    {
      attack: "ES384 on another curve, under the id of a P-256 key",
      reason: "token_untrusted",
      token: () => tokenOf(otherCurve),
    },
    {
      attack: "ES256 by name, made on another curve",
      reason: "token_untrusted",
      token: () => tokenOf({ ...otherCurve, alg: "ES256" }),
    },
    {
      attack: "RS256 under the id of an EC key",
      reason: "token_untrusted",
      token: () => tokenOf({ ...rsa, kid: ec.kid }),
    },
    {
      attack: "no alg at all",
      reason: "token_malformed",
      token: () => tokenOf(rsa, { header: { alg: undefined } }),
    },
    {
      attack: "a list of algorithms",
      reason: "token_malformed",
      token: () => tokenOf(rsa, { header: { alg: ["RS256", "none"] } }),
    },
  ])("$attack, is refused: $reason", refused);
});

describe("a key that the attacker brings along", () => {
  test.for<Attack>([
    {
      attack: "inside the header (jwk)",
      reason: "token_malformed",
      token: () => tokenOf(thief, { header: { kid: rsa.kid, jwk: thief.jwk } }),
    },
    {
      attack: "behind a URL in the header (jku)",
      reason: "token_malformed",
      token: () => tokenOf(thief, { header: { jku: `${rogue.url}/jwks` } }),
    },
    {
      attack: "behind a URL of a certificate (x5u)",
      reason: "token_malformed",
      token: () => tokenOf(thief, { header: { x5u: `${rogue.url}/cert.pem` } }),
    },
    {
      attack: "as a certificate chain (x5c)",
      reason: "token_malformed",
      token: () => tokenOf(thief, { header: { x5c: ["MIIB"] } }),
    },
    {
      attack: "by a key id that is a URL",
      reason: "token_untrusted",
      token: () => tokenOf({ ...thief, kid: `${rogue.url}/jwks` }),
    },
    ...["../../../../dev/null", "' OR 1=1 --", "__proto__", "constructor", "", "rsa-1\u0000", "RSA-1"].map(
      (kid): Attack => ({
        attack: `by the key id ${JSON.stringify(kid)}`,
        reason: "token_untrusted",
        token: () => tokenOf({ ...thief, kid }),
      }),
    ),
    {
      attack: "by a key id longer than any",
      reason: "token_malformed",
      token: () => tokenOf({ ...thief, kid: "k".repeat(257) }),
    },
    {
      attack: "by a key id that is a number",
      reason: "token_malformed",
      token: () => tokenOf(thief, { header: { kid: 1 } }),
    },
    {
      attack: "under the id of an honest key",
      reason: "token_untrusted",
      token: () => tokenOf({ ...thief, kid: rsa.kid }),
    },
    {
      attack: "as a new issuer, with discovery and all",
      reason: "token_untrusted",
      token: () => tokenOf(thief, { claims: { iss: rogue.url } }),
    },
    {
      attack: "without a key id, to have every key tried",
      reason: "token_untrusted",
      token: () => tokenOf(rsa, { header: { kid: undefined } }),
    },
  ])("$attack, is refused: $reason", refused);

  test("is never asked for: the host saw no request, and it was listening", async () => {
    expect(rogue.requests).toEqual([]);
    await fetch(`${rogue.url}/jwks`);
    expect(rogue.requests).toEqual(["/jwks"]);
  });

  test("is not asked for by a thousand unknown key ids either", async () => {
    const before = rogue.requests.length;
    const [, claims, signature] = tokenOf(thief).split(".");
    for (let index = 0; index < 1_000; index++) {
      const header = encode({ alg: "RS256", typ: "JWT", kid: `${rogue.url}/${index}` });
      await expect(users.verify(`${header}.${claims}.${signature}`)).rejects.toMatchObject({
        reason: "token_untrusted",
      });
    }
    expect(rogue.requests.length).toBe(before);
  });
});

describe("a signature", () => {
  const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 9 ? byte ^ 1 : byte));
  const p256 = (input: string): Buffer => signatureOf("ES256", ec.privateKey, input);

  test.for<Attack>([
    {
      attack: "with one bit changed",
      reason: "token_untrusted",
      token: () => tokenOf(ec, { signature: (input) => flip(p256(input)) }),
    },
    {
      attack: "one byte short",
      reason: "token_untrusted",
      token: () => tokenOf(ec, { signature: (input) => p256(input).subarray(0, -1) }),
    },
    {
      attack: "one byte long",
      reason: "token_untrusted",
      token: () => tokenOf(ec, { signature: (input) => Buffer.concat([p256(input), Buffer.of(0)]) }),
    },
    {
      attack: "in DER instead of raw",
      reason: "token_untrusted",
      token: () => tokenOf(ec, { signature: (input) => sign("sha256", Buffer.from(input), ec.privateKey) }),
    },
    {
      attack: "of zeros (r = s = 0)",
      reason: "token_untrusted",
      token: () => tokenOf(ec, { signature: () => new Uint8Array(64) }),
    },
    {
      attack: "cut off",
      reason: "token_malformed",
      token: () => tokenOf(ec, { signature: () => new Uint8Array() }),
    },
    {
      attack: "cut off with its dot",
      reason: "token_malformed",
      token: () => tokenOf(ec).split(".").slice(0, 2).join("."),
    },
    {
      attack: "of other claims, kept while the subject was changed",
      reason: "token_untrusted",
      token: () => {
        const [header, , signature] = tokenOf(ec).split(".");
        return `${header}.${encode({ ...honestClaims, sub: "admin" })}.${signature}`;
      },
    },
    {
      attack: "of another header, kept while the kind was changed",
      reason: "token_untrusted",
      token: () => {
        const [, claims, signature] = tokenOf(ec, { header: { typ: TOKEN_TYPES.workload } }).split(".");
        return `${encode({ alg: ec.alg, typ: "JWT", kid: ec.kid })}.${claims}.${signature}`;
      },
    },
  ])("$attack, is refused: $reason", refused);

  test("in its mirrored form (n - s) gives the same identity, never a second one", async () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const token = tokenOf(ec, { claims: { jti: "one" } });
    const [header, claims, signature] = token.split(".");
    const raw = Buffer.from(signature ?? "", "base64url");
    const s = BigInt(`0x${raw.subarray(32).toString("hex")}`);
    const mirrored = Buffer.from((order - s).toString(16).padStart(64, "0"), "hex");
    const twin = `${header}.${claims}.${encode(Buffer.concat([raw.subarray(0, 32), mirrored]))}`;
    expect(twin).not.toBe(token);
    expect(await users.verify(twin)).toEqual(await users.verify(token));
  });
});
