import {
  CLOCK_SKEW_SECONDS,
  PROOF_SECONDS,
  type ProofTarget,
  type Signer,
  TOKEN_TYPES,
  generateSigner,
  randomToken,
  sha256,
  signProof,
  signToken,
  thumbprint,
  tokenUrl,
  verifyProof,
} from "@watchword/core";
import { generateKeyPair, exportJWK } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusalOf } from "./expect-refusal.ts";
import { forgedToken } from "./forge-token.ts";

const now = 1_800_000_000;
const handle = randomToken(32);
const target: ProofTarget = {
  method: "POST",
  url: "https://gateway.example/payments/v1/refunds",
  token: handle,
};

let signer: Signer;
beforeAll(async () => {
  signer = await generateSigner();
});

const claimsOf = (change: object = {}): object => ({
  jti: randomToken(16),
  htm: target.method,
  htu: target.url,
  iat: now,
  ath: sha256(handle),
  ...change,
});

/** A proof with good form and signature that claims what `change` says. */
function proofOf(change: object = {}, header: object = {}): Promise<string> {
  return forgedToken(
    signer,
    { alg: "ES256", typ: TOKEN_TYPES.proof, jwk: signer.publicJwk, ...header },
    claimsOf(change),
  );
}

async function expectInvalid(proof: unknown, detail: string, at = now, aim = target): Promise<void> {
  const refusal = await expectRefusalOf("proof_invalid", verifyProof(proof, aim, at));
  expect(refusal.message).toContain(detail);
  expect(refusal.failedFact).toBe("token");
}

describe("a proof of possession", () => {
  test("names the key that made it and the id that holds once", async () => {
    const verified = await verifyProof(await signProof(signer, target, now), target, now);
    expect(verified.thumbprint).toBe(await thumbprint(signer.publicJwk));
    expect(verified.publicJwk).toEqual(signer.publicJwk);
    expect(verified.jti).toHaveLength(22);
  });

  test("made twice is two: the ids differ", async () => {
    const both = await Promise.all([signProof(signer, target, now), signProof(signer, target, now)]);
    const [one, other] = await Promise.all(both.map((proof) => verifyProof(proof, target, now)));
    expect(one?.jti).not.toBe(other?.jti);
  });

  test("is remembered at least as long as it is accepted anywhere", async () => {
    const { expiresAt } = await verifyProof(await proofOf(), target, now);
    expect(expiresAt).toBe(now + PROOF_SECONDS + CLOCK_SKEW_SECONDS);
    await expectInvalid(await proofOf(), "iat is out of the window", expiresAt);
  });

  test("where no token is presented has no ath, and says so", async () => {
    const bare: ProofTarget = { method: "POST", url: tokenUrl("https://broker.example/") };
    const verified = await verifyProof(await signProof(signer, bare, now), bare, now);
    expect(verified.jti).toBeDefined();
    await expectInvalid(await signProof(signer, { ...bare, token: handle }, now), "ath", now, bare);
  });
});

describe("htm", () => {
  test.for(["GET", "PUT", "post", "Post", "POST ", "PO", "POSTS", "*"])("%j is not POST", async (htm) => {
    await expectInvalid(await proofOf({ htm }), "htm is another method");
  });

  test("that is empty, absent or a list is refused", async () => {
    for (const htm of ["", undefined, ["POST"], null]) await expectInvalid(await proofOf({ htm }), "htm");
  });
});

describe("htu", () => {
  test.for([
    "https://gateway.example/payments/v1/charges",
    "https://gateway.example/payments/v1/refunds/",
    "https://gateway.example/payments/v1/refunds?x=1",
    "https://gateway.example/payments/v1/refunds#x",
    "https://gateway.example/payments/v1//refunds",
    "https://gateway.example/payments/v1/%72efunds",
    "https://gateway.example/payments/./v1/refunds",
    "https://gateway.example:443/payments/v1/refunds",
    "https://gateway.example:8443/payments/v1/refunds",
    "https://GATEWAY.example/payments/v1/refunds",
    "https://gateway.example./payments/v1/refunds",
    "https://user@gateway.example/payments/v1/refunds",
    "https://gateway.example@attacker.example/payments/v1/refunds",
    "https://attacker.example/payments/v1/refunds",
    "http://gateway.example/payments/v1/refunds",
    "//gateway.example/payments/v1/refunds",
    "/payments/v1/refunds",
    "https://gateway.example/Payments/v1/refunds",
    " https://gateway.example/payments/v1/refunds",
    "https://gateway.example/payments/v1/refunds\n",
    "https://gateway.example/",
    "https://gateway.example",
    "https://broker.example/token",
  ])("%j is another target: urls are compared, not interpreted", async (htu) => {
    await expectInvalid(await proofOf({ htu }), "htu is another target");
  });

  test("that is empty, absent, a list or endless is refused", async () => {
    for (const htu of ["", undefined, [target.url], `${target.url}${"a".repeat(2_048)}`])
      await expectInvalid(await proofOf({ htu }), "htu");
  });
});

describe("ath", () => {
  test("of another handle is refused", async () => {
    await expectInvalid(await proofOf({ ath: sha256(randomToken(32)) }), "ath is of another token");
  });

  test("that is absent is refused where a handle is presented", async () => {
    await expectInvalid(await proofOf({ ath: undefined }), "ath is of another token");
  });

  test("that is the handle itself, cut, or in hex is refused", async () => {
    const digest = sha256(handle);
    for (const ath of [
      handle,
      digest.slice(1),
      `${digest}A`,
      Buffer.from(digest, "base64url").toString("hex"),
      "",
    ])
      await expectInvalid(await proofOf({ ath }), "ath");
  });
});

describe("jti", () => {
  test.for([undefined, "", "short", "j".repeat(15), "j".repeat(129), 1, ["j".repeat(22)]])(
    "that is %j is refused",
    async (jti) => {
      await expectInvalid(await proofOf({ jti }), "jti");
    },
  );
});

describe("iat", () => {
  test.for([-PROOF_SECONDS, -1, 0, 1, CLOCK_SKEW_SECONDS])(
    "of %i seconds from now is accepted",
    async (seconds) => {
      expect(await verifyProof(await proofOf({ iat: now + seconds }), target, now)).toBeDefined();
    },
  );

  test.for([-PROOF_SECONDS - 1, -3_600, -now, CLOCK_SKEW_SECONDS + 1, 3_600])(
    "of %i seconds from now is refused",
    async (seconds) => {
      await expectInvalid(await proofOf({ iat: now + seconds }), "iat is out of the window");
    },
  );

  test.for([undefined, String(now), now + 0.5, null, -1])("that is %j is refused", async (iat) => {
    await expectInvalid(await proofOf({ iat }), "token_malformed");
  });
});

describe("the key of a proof", () => {
  test("is the one that its signature was made with: another in the header is refused", async () => {
    const stolen = await generateSigner();
    await expectInvalid(await proofOf({}, { jwk: stolen.publicJwk }), "signature does not verify");
  });

  test("is named by its thumbprint: a proof by another key is good and is somebody else's", async () => {
    const thief = await generateSigner();
    const verified = await verifyProof(await signProof(thief, target, now), target, now);
    expect(verified.thumbprint).not.toBe(await thumbprint(signer.publicJwk));
  });

  test("with its private part in the header is refused", async () => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    await expectInvalid(await proofOf({}, { jwk: await exportJWK(privateKey) }), "no such key");
  });

  test("is read as its four members: what else the header says of it is not passed on", async () => {
    const jwk = { ...signer.publicJwk, kid: "admin", x5u: "https://attacker.example/chain.pem", use: "enc" };
    expect((await verifyProof(await proofOf({}, { jwk }), target, now)).publicJwk).toEqual(signer.publicJwk);
  });

  test.for<[name: string, jwk: (own: Signer["publicJwk"]) => object]>([
    ["that is no point of the curve", (own) => ({ ...own, y: own.x })],
    ["that is the origin", (own) => ({ ...own, x: "A".repeat(43), y: "A".repeat(43) })],
    ["in a second spelling", (own) => ({ ...own, x: `${own.x}=` })],
    ["that is cut", (own) => ({ ...own, x: own.x.slice(1) })],
    ["of another curve", (own) => ({ ...own, crv: "P-384" })],
    ["that is a secret", () => ({ kty: "oct", k: "AAAA" })],
    ["that is an RSA key", () => ({ kty: "RSA", n: "AQAB", e: "AQAB" })],
    ["that is empty", () => ({})],
  ])("%s is refused, and is no error of ours", async ([, jwk]) => {
    await expectInvalid(await proofOf({}, { jwk: jwk(signer.publicJwk) }), "no such key");
  });

  test("that is absent is refused, though a key id is there", async () => {
    await expectInvalid(await proofOf({}, { jwk: undefined, kid: signer.keyId }), "no such key");
  });
});

describe("a proof is refused", () => {
  test("when it is another kind of token", async () => {
    await expectInvalid(await proofOf({}, { typ: TOKEN_TYPES.assertion }), "token_wrong_type");
    await expectInvalid(await proofOf({}, { typ: "jwt" }), "token_wrong_type");
    await expectInvalid(await signToken(signer, TOKEN_TYPES.run, claimsOf()), "token_wrong_type");
  });

  test("when its algorithm is none, or under a shared secret", async () => {
    for (const alg of ["none", "HS256", "RS256"])
      await expectInvalid(await proofOf({}, { alg }), "algorithm is not ES256");
  });

  test("when it claims what nobody reads", async () => {
    for (const extra of [{ nbf: now }, { exp: now + 60 }, { sub: "admin" }, { HTM: "GET" }])
      await expectInvalid(await proofOf(extra), "token_malformed");
  });

  test("when its header says more", async () => {
    for (const extra of [{ jku: "https://attacker.example" }, { crit: ["exp"] }, { b64: false }])
      await expectInvalid(await proofOf({}, extra), "token_malformed");
  });

  test.for([undefined, null, "", "DPoP", "a.b.c", {}, []])("when it is %j", async (proof) => {
    await expectInvalid(proof, "token_malformed");
  });

  test("when two of them came in one header", async () => {
    const [one, other] = await Promise.all([proofOf(), proofOf()]);
    await expectInvalid(`${one}, ${other}`, "token_malformed");
    await expectInvalid([one, other], "token_malformed");
  });

  test("without quoting it", async () => {
    const refusal = await expectRefusalOf(
      "proof_invalid",
      verifyProof(await proofOf({ htm: "canary" }), target, now),
    );
    expect(`${refusal.message} ${refusal.stack} ${String(refusal.cause)}`).not.toContain("canary");
  });
});
