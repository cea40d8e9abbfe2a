import {
  type Signer,
  TOKEN_TYPES,
  generateSigner,
  readCompactJws,
  signProof,
  signToken,
  verificationKey,
  verifyProof,
  verifySignature,
  verifySignedToken,
} from "@watchword/core";
import { createPrivateKey, generateKeyPairSync, sign as signWithNode } from "node:crypto";
import { CompactSign, compactVerify, exportJWK, generateKeyPair } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusalOf } from "./expect-refusal.ts";
import { encodePart, forgedToken } from "./forge-token.ts";

const claims = { iss: "https://broker.example", iat: 1_800_000_000 };
const target = { method: "POST", url: "https://broker.example/token" };
const types = Object.values(TOKEN_TYPES);

let signer: Signer;
let runToken: string;
beforeAll(async () => {
  signer = await generateSigner("runs-1");
  runToken = await signToken(signer, TOKEN_TYPES.run, claims);
});

/** A good token of a kind, made as that kind is made. */
function tokenOf(typ: string): Promise<string> {
  return typ === TOKEN_TYPES.proof ? signProof(signer, target, claims.iat) : signToken(signer, typ, claims);
}

/** Takes a token for one of a kind, with the very key that signed it. */
async function take(token: unknown, typ: string = TOKEN_TYPES.run, key = signer): Promise<unknown> {
  return verifySignedToken(token, {
    typ,
    allowJwk: typ === TOKEN_TYPES.proof,
    key: () => verificationKey(key.keyId, key.publicJwk),
  });
}

test("no two kinds of token share a typ", () => {
  expect(new Set(types.map((typ) => typ.toLowerCase())).size).toBe(types.length);
});

describe.for(types)("a good token of the kind %s", (made) => {
  test("is taken for what it is", async () => {
    expect(await take(await tokenOf(made), made)).toMatchObject({ iat: claims.iat });
  });

  test.for(types.filter((typ) => typ !== made))("is refused as %s", async (expected) => {
    // A proof names its own key, which no other kind may: it does not even pass the gate.
    const reason = made === TOKEN_TYPES.proof ? "token_malformed" : "token_wrong_type";
    await expectRefusalOf(reason, take(await tokenOf(made), expected));
  });

  test("is refused as a proof of possession", async () => {
    const answer = verifyProof(await tokenOf(made), target, claims.iat);
    if (made === TOKEN_TYPES.proof) expect((await answer).jti).toBeDefined();
    else expect((await expectRefusalOf("proof_invalid", answer)).message).toContain("token_wrong_type");
  });
});

describe("a typ", () => {
  test.for([
    undefined,
    "",
    "JWT",
    "jwt",
    "at+jwt",
    "application/agent-run+jwt",
    "Agent-Run+JWT",
    "agent-run+jwt ",
    "agent-run",
    "agent-run+jwt+x",
    "agent-run\u200b+jwt",
  ])("spelled %j is not agent-run+jwt", async (typ) => {
    const token = await forgedToken(signer, { alg: "ES256", typ, kid: "runs-1" }, claims);
    const refusal = await expectRefusalOf("token_wrong_type", take(token));
    expect(refusal.failedFact).toBe("token");
  });

  test("is compared before a key is looked up", async () => {
    const asked = verifySignedToken(runToken, {
      typ: TOKEN_TYPES.assertion,
      key: () => expect.fail("a key was looked up for a token of another kind"),
    });
    await expectRefusalOf("token_wrong_type", asked);
  });

  test("changed after signing is refused for its signature", async () => {
    const [, payload, signature] = runToken.split(".");
    const relabelled = encodePart({ alg: "ES256", typ: TOKEN_TYPES.assertion, kid: "runs-1" });
    await expectRefusalOf(
      "token_untrusted",
      take(`${relabelled}.${payload}.${signature}`, TOKEN_TYPES.assertion),
    );
  });
});

describe("a signature", () => {
  test("of the key that is looked up is good, and its claims are the ones that were signed", async () => {
    expect(await take(runToken)).toEqual(claims);
  });

  test("is what any other implementation makes and reads", async () => {
    const pair = await generateKeyPair("ES256", { extractable: true });
    const foreign = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "ES256", typ: TOKEN_TYPES.run })
      .sign(pair.privateKey);
    const jwk = (await exportJWK(pair.publicKey)) as Signer["publicJwk"];
    expect(await take(foreign, TOKEN_TYPES.run, { ...signer, publicJwk: jwk })).toEqual(claims);
    const { key } = await verificationKey("runs-1", signer.publicJwk);
    expect((await compactVerify(runToken, key)).protectedHeader).toEqual({
      alg: "ES256",
      typ: TOKEN_TYPES.run,
      kid: "runs-1",
    });
  });

  test("of another key is refused, though the key id is the same", async () => {
    const other = await generateSigner("runs-1");
    await expectRefusalOf("token_untrusted", take(await signToken(other, TOKEN_TYPES.run, claims)));
    await expectRefusalOf("token_untrusted", take(runToken, TOKEN_TYPES.run, other));
  });

  test("without a key to check it is refused", async () => {
    const answer = verifySignedToken(runToken, { typ: TOKEN_TYPES.run, key: () => undefined });
    expect((await expectRefusalOf("token_untrusted", answer)).message).toContain("no such key");
  });

  test("is over every character: one changed anywhere refuses the token", async () => {
    const letters = runToken.split("");
    for (let index = 0; index < letters.length; index += 7) {
      if (letters[index] === ".") continue;
      const changed = letters.with(index, letters[index] === "A" ? "B" : "A").join("");
      await expect(take(changed)).rejects.toMatchObject({
        name: "Refusal",
        reason: expect.stringMatching(/^token_(untrusted|malformed|wrong_type)$/) as string,
      });
    }
  });

  test.for<[name: string, signature: (input: string) => Uint8Array]>([
    ["64 zero bytes", () => new Uint8Array(64)],
    ["r and s of one", () => new Uint8Array(64).fill(1, 31, 32).fill(1, 63)],
    ["one byte too few", () => new Uint8Array(63)],
    ["one byte too many", () => new Uint8Array(65)],
    ["ones throughout", () => new Uint8Array(64).fill(0xff)],
  ])("of %s is refused", async ([, signature]) => {
    const input = runToken.slice(0, runToken.lastIndexOf("."));
    await expectRefusalOf(
      "token_untrusted",
      take(`${input}.${Buffer.from(signature(input)).toString("base64url")}`),
    );
  });

  test("in DER instead of two plain numbers is refused, though it is good", async () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = pair.publicKey.export({ format: "jwk" }) as unknown as Signer["publicJwk"];
    const input = runToken.slice(0, runToken.lastIndexOf("."));
    const signed = (dsaEncoding: "der" | "ieee-p1363"): string =>
      signWithNode("sha256", Buffer.from(input), {
        key: createPrivateKey(pair.privateKey.export({ format: "pem", type: "pkcs8" })),
        dsaEncoding,
      }).toString("base64url");
    const key = { ...signer, publicJwk: jwk };
    expect(await take(`${input}.${signed("ieee-p1363")}`, TOKEN_TYPES.run, key)).toEqual(claims);
    await expectRefusalOf("token_untrusted", take(`${input}.${signed("der")}`, TOKEN_TYPES.run, key));
  });

  test("holds whatever its two numbers begin with, and no other number does", async () => {
    const wanted: readonly ((byte: number) => boolean)[] = [
      (byte) => byte === 0,
      (byte) => byte >= 0x80,
      (byte) => byte > 0 && byte < 0x80,
    ];
    for (const at of [0, 32]) {
      for (const begins of wanted) {
        const { token, bytes } = await signedWith((signature) => begins(signature[at] ?? 0));
        expect(await take(token)).toEqual(claims);
        bytes[at] = (bytes[at] ?? 0) ^ 0x80;
        const changed = `${token.slice(0, token.lastIndexOf(".") + 1)}${bytes.toString("base64url")}`;
        await expectRefusalOf("token_untrusted", take(changed));
      }
    }
  });

  test.for([0, 63, 65, 128])("of %i bytes is none", async (length) => {
    const input = runToken.slice(0, runToken.lastIndexOf(".") + 1);
    const token = `${input}${Buffer.alloc(length).toString("base64url")}`;
    await expectRefusalOf(length === 0 ? "token_malformed" : "token_untrusted", take(token));
  });

  test("by an algorithm that configuration does not list is refused, whatever the token says", async () => {
    const { key } = await verificationKey("runs-1", signer.publicJwk);
    const jws = readCompactJws(runToken);
    await expect(verifySignature(jws, key, ["ES256"])).resolves.toBeUndefined();
    await expectRefusalOf("token_untrusted", verifySignature(jws, key, ["RS256", "EdDSA"]));
    await expectRefusalOf("token_untrusted", verifySignature(jws, key, []));
  });
});

/** Signs until the signature is as wanted; one in 256 begins with a zero. */
async function signedWith(
  wanted: (signature: Buffer) => boolean,
): Promise<{ readonly token: string; readonly bytes: Buffer }> {
  for (;;) {
    const token = await signToken(signer, TOKEN_TYPES.run, claims);
    const bytes = Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url");
    if (wanted(bytes)) return { token, bytes };
  }
}

describe("a token under HMAC", () => {
  test("with the public key as its secret is refused", async () => {
    const pem = Buffer.from(JSON.stringify(signer.publicJwk));
    const forged = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "HS256", typ: TOKEN_TYPES.run, kid: "runs-1" })
      .sign(pem);
    await expectRefusalOf("token_untrusted", take(forged));
  });
});

test("the broker's own error in a key lookup is not turned into a refusal of the token", async () => {
  const broken = verifySignedToken(runToken, {
    typ: TOKEN_TYPES.run,
    key: () => Promise.reject(new RangeError("the key store is closed")),
  });
  await expect(broken).rejects.toThrow(RangeError);
});
