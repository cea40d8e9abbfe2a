import { createPublicKey, verify } from "node:crypto";
import { inspect } from "node:util";
import { SealedCredential, signToken, verifySignedToken } from "@watchword/core";
import { type TransitTwin, transitTwin } from "@watchword/emulators/transit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { transitKeys } from "../src/transit/index.ts";
import { CANARY, type TestClock, refundOf, testClock, world } from "./world.ts";
import { aesSealer, fileKeys } from "../src/index.ts";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";

const TOKEN = "hvs.canary_transit_token_81c0";
let twin: TransitTwin;
let clock: TestClock;
beforeEach(async () => {
  clock = testClock();
  twin = await transitTwin({
    clock,
    tokens: { [TOKEN]: { keys: ["seal", "runs", "wrong", "clouds"] }, poor: { keys: [] } },
    keys: {
      seal: "aes256-gcm96",
      runs: "ecdsa-p256",
      wrong: "ed25519",
      other: "aes256-gcm96",
      clouds: "rsa-2048",
    },
  });
});
afterEach(() => twin.close());

const kms = (token = TOKEN, url = twin.url) =>
  transitKeys({ url, token: async () => new SealedCredential(token), clock, timeoutMilliseconds: 1_000 });
const open = (credential: SealedCredential): string => credential.open((text) => text);

async function reasonOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => "no refusal",
    (error: unknown) => {
      const text = inspect(error, { depth: 5 });
      for (const secret of [TOKEN, CANARY]) expect(text).not.toContain(secret);
      return (error as { reason?: unknown }).reason;
    },
  );
}

describe("a secret that a transit engine's key seals", () => {
  test("opens in its own context and in no other", async () => {
    const sealer = kms().sealer("seal");
    const sealed = await sealer.seal(new SealedCredential(CANARY), "acme");
    expect(Buffer.from(sealed).includes(CANARY)).toBe(false);
    expect(open(await sealer.open(sealed, "acme"))).toBe(CANARY);
    expect(await reasonOf(sealer.open(sealed, "globex"))).toBe("internal");
  });

  test("opens after the key was rotated, and is sealed by the new version from then on", async () => {
    const sealer = kms().sealer("seal");
    const old = await sealer.seal(new SealedCredential(CANARY), "acme");
    twin.rotate("seal");
    expect(open(await sealer.open(old, "acme"))).toBe(CANARY);
    expect(Buffer.from(await sealer.seal(new SealedCredential(CANARY), "acme")).toString("latin1")).toContain(
      "vault:v2:",
    );
  });

  test("does not open with one byte changed, cut short, or sealed by somebody else", async () => {
    const sealer = kms().sealer("seal");
    const sealed = await sealer.seal(new SealedCredential(CANARY), "acme");
    for (const index of [0, 1, 2, 5, 12, 40, sealed.length - 1]) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(await reasonOf(sealer.open(changed, "acme")), `byte ${index}`).toBe("internal");
    }
    for (const length of [0, 2, 30])
      expect(await reasonOf(sealer.open(sealed.slice(0, length), "acme"))).toBe("internal");
  });

  test("opens what was sealed before there was an engine, by the key of then, and by no other", async () => {
    const [before, other] = [
      await aesSealer(new Uint8Array(32)),
      await aesSealer(new Uint8Array(32).fill(1)),
    ];
    const old = await before.seal(new SealedCredential(CANARY), "acme");
    const sealer = kms().sealer("seal", before);
    expect(open(await sealer.open(old, "acme"))).toBe(CANARY);
    expect(await reasonOf(sealer.open(old, "globex"))).toBe("internal");
    expect(await reasonOf(kms().sealer("seal", other).open(old, "acme"))).toBe("internal");
    expect(await reasonOf(kms().sealer("seal").open(old, "acme"))).toBe("internal");
    const sealed = await sealer.seal(new SealedCredential(CANARY), "acme");
    expect(await reasonOf(before.open(sealed, "acme"))).toBe("internal");
  });

  test.for([
    ["a token without leave", () => kms("poor").sealer("seal"), "configuration_invalid"],
    ["no such token", () => kms("nobody").sealer("seal"), "configuration_invalid"],
    ["a key beyond the token's policy", () => kms().sealer("other"), "configuration_invalid"],
    ["a key that does not encrypt", () => kms().sealer("runs"), "internal"],
  ] as const)("is refused with %s", async ([, sealer, reason]) => {
    expect(await reasonOf(sealer().seal(new SealedCredential(CANARY), "acme"))).toBe(reason);
  });

  test.for(["sealed", "garbage", "down"] as const)(
    "waits for nobody while the engine is %s",
    async (mode) => {
      const sealer = kms().sealer("seal");
      const sealed = await sealer.seal(new SealedCredential(CANARY), "acme");
      twin.fail(mode);
      expect(await reasonOf(sealer.seal(new SealedCredential(CANARY), "acme"))).toBe("ledger_unavailable");
      expect(await reasonOf(sealer.open(sealed, "acme"))).toBe("ledger_unavailable");
      twin.fail(null);
      expect(open(await sealer.open(sealed, "acme"))).toBe(CANARY);
    },
  );
});

describe("a token that a transit engine's key signs", () => {
  test("verifies with the public key, also after the key was rotated there", async () => {
    const { signer, verification } = await kms().signingKeys("runs");
    twin.rotate("runs");
    const token = await signToken(signer, "agent-run+jwt", { a: 1 });
    const [key] = verification;
    expect(await verifySignedToken(token, { typ: "agent-run+jwt", key: () => key })).toEqual({ a: 1 });
  });

  test("is signed by a new version only after that was published, and the one before ends at its time", async () => {
    const keys = await kms().signingKeys("runs");
    const ids = (): string[] => keys.verification.map(({ keyId }) => keyId);
    clock.advance(60);
    twin.rotate("runs");
    await keys.refresh();
    expect([keys.signer.keyId, ids()]).toEqual(["runs:1", ["runs:1", "runs:2"]]);
    clock.advance(299);
    expect(keys.signer.keyId).toBe("runs:1");
    clock.advance(2);
    expect([keys.signer.keyId, ids()]).toEqual(["runs:2", ["runs:1", "runs:2"]]);
    clock.advance(660);
    expect([keys.signer.keyId, ids()]).toEqual(["runs:2", ["runs:2"]]);
    // A replica that starts now has the same times by the engine's word.
    const later = await kms().signingKeys("runs");
    expect([later.signer.keyId, later.verification.length]).toEqual(["runs:2", 1]);
  });

  test("with ids that nobody knows makes few questions to the engine", async () => {
    const keys = await kms().signingKeys("runs");
    clock.advance(31);
    const asked = twin.requests.length;
    await Promise.all(Array.from({ length: 100 }, () => keys.refresh()));
    expect(twin.requests.length - asked).toBe(1);
    twin.fail("down");
    clock.advance(31);
    await keys.refresh();
    expect(keys.signer.keyId).toBe("runs:1");
  });

  test.for(["wrong", "seal", "other"])("is not signed by key %s", async (name) => {
    expect(await reasonOf(kms().signingKeys(name))).toMatch(/configuration_invalid|ledger_unavailable/);
  });
});

describe("a federation token that a transit engine's RSA key signs", () => {
  test("is RS256, verifies with the published key, and follows a rotation there", async () => {
    const keys = await kms().federationKeys("clouds", "RS256");
    const token = await signToken(keys.signer, "JWT", { sub: "tenant:acme:system:shop" });
    const [head = "", claims = "", signature = ""] = token.split(".");
    const [published] = keys.verification;
    const key = createPublicKey({ key: { ...published?.publicJwk }, format: "jwk" });
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({
      alg: "RS256",
      typ: "JWT",
      kid: "clouds:1",
    });
    const input = Buffer.from(`${head}.${claims}`);
    expect(verify("sha256", input, key, Buffer.from(signature, "base64url"))).toBe(true);
    clock.advance(1_000);
    twin.rotate("clouds");
    await keys.refresh();
    expect(keys.verification.map(({ keyId }) => keyId)).toEqual(["clouds:1", "clouds:2"]);
    expect(keys.signer.keyId).toBe("clouds:1");
    clock.advance(300);
    expect(keys.signer.keyId).toBe("clouds:2");
  });

  test("is of the type of key that is configured alone, and no run token is signed by one", async () => {
    await expect(kms().federationKeys("runs", "RS256")).rejects.toThrow("make one with type=rsa-2048");
    await expect(kms().federationKeys("clouds")).rejects.toThrow("make one with type=ecdsa-p256");
    expect(await reasonOf(kms().signingKeys("clouds"))).toBe("configuration_invalid");
  });
});

test.for(["http://vault.example:8200", "vault", "ftp://127.0.0.1"])(
  "%s would carry the token in the clear",
  (url) => {
    expect(() => kms(TOKEN, url)).toThrow(TypeError);
  },
);

test("a broker whose run tokens and secrets rest on the engine refunds, and stops when the engine does", async () => {
  const directory = await mkdtemp(join(tmpdir(), "watchword-transit-"));
  const files = await fileKeys(directory);
  const keys = { ...files, runs: await kms().signingKeys("runs"), sealer: kms().sealer("seal") };
  await using place = await world({ broker: { keys } });
  const run = await place.start();
  expect((await place.act(run, refundOf("ch_a1", 100))).ok).toBe(true);
  twin.fail("sealed");
  const answer = await place.act(run, refundOf("ch_a2", 100));
  expect(answer.ok ? "allowed" : answer.reason).toBe("ledger_unavailable");
  expect(place.twin.requests.filter(({ kind }) => kind === "effect")).toEqual([]);
  twin.fail(null);
  await rm(directory, { recursive: true, force: true });
});
