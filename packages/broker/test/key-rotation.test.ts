import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Refusal, SealedCredential } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BrokerKeys, type KeyKind, fileKeys, listKeys, rotateKey } from "../src/index.ts";
import { findKey } from "../src/keys/signing-keys.ts";
import { refusalOf } from "./refusal-of.ts";

/** Stands still unless it is moved: what is bounded by time is bounded by this one. */
let now: number;
const clock = { now: (): number => now };
const pass = (seconds: number): void => void (now += seconds * 1_000);
let directory: string;
let troubles: Refusal[];
beforeEach(async () => {
  now = 1_800_000_000_000;
  troubles = [];
  directory = await mkdtemp(join(tmpdir(), "watchword-rotation-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (): Promise<BrokerKeys> =>
  fileKeys(directory, { clock, onTrouble: (refusal) => troubles.push(refusal) });
const ids = ({ runs }: BrokerKeys): string[] => runs.verification.map(({ keyId }) => keyId);
const seal = ({ sealer }: BrokerKeys, text: string): Promise<Uint8Array> =>
  sealer.seal(new SealedCredential(text), "c");
const unseal = async ({ sealer }: BrokerKeys, sealed: Uint8Array): Promise<string> =>
  (await sealer.open(sealed, "c")).open((text) => text);

describe("a key of run tokens that is rotated", () => {
  test("is followed by a published one, then by one that signs, then by its own end", async () => {
    const keys = await open();
    const first = keys.runs.signer.keyId;
    const { usedFrom, earlierUntil } = await rotateKey(directory, "runs", { clock });
    expect([usedFrom, earlierUntil]).toEqual([now / 1_000 + 300, now / 1_000 + 960]);
    pass(2);
    await keys.runs.refresh();
    const [, second] = ids(keys);
    expect(ids(keys)).toEqual([first, second]);
    expect(keys.runs.signer.keyId, "it signs nothing before everybody can know it").toBe(first);
    pass(297);
    expect(keys.runs.signer.keyId).toBe(first);
    pass(1);
    expect(keys.runs.signer.keyId).toBe(second);
    pass(659);
    expect(ids(keys)).toEqual([first, second]);
    pass(1);
    expect(ids(keys), "without a look at the file").toEqual([second]);
  });

  test("because it leaked is refused at once, and signs nothing more", async () => {
    const keys = await open();
    const leaked = keys.runs.signer.keyId;
    await rotateKey(directory, "runs", { clock });
    await rotateKey(directory, "runs", { clock, compromised: true });
    pass(1);
    await keys.runs.refresh();
    expect(ids(keys)).toEqual([keys.runs.signer.keyId]);
    expect(ids(keys)).not.toContain(leaked);
  });

  test("leaves nothing but its file, with mode 0600, and keys that ended go from it", async () => {
    const keys = await open();
    const before = (await readdir(directory)).toSorted();
    for (let round = 0; round < 4; round++) {
      await rotateKey(directory, "runs", { clock, leadSeconds: 0 });
      pass(661);
    }
    expect((await readdir(directory)).toSorted()).toEqual(before);
    expect((await stat(join(directory, "runs.jwk"))).mode & 0o777).toBe(0o600);
    const listed = await listKeys(directory, clock);
    expect(listed.filter(({ kind }) => kind === "runs").map(({ state }) => state)).toEqual([
      "retired",
      "in use",
    ]);
    expect(listed.filter(({ kind }) => kind !== "runs").map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => "in use"),
    );
    await keys.runs.refresh();
    const text = await readFile(join(directory, "runs.jwk"), "utf8");
    const { keys: members } = JSON.parse(text) as { keys: { d: string }[] };
    for (const { d } of members) expect(JSON.stringify([listed, keys.runs.verification])).not.toContain(d);
  });

  test("is not rotated with an overlap in which valid tokens were refused", async () => {
    await open();
    const before = await readFile(join(directory, "runs.jwk"), "utf8");
    await expect(rotateKey(directory, "runs", { clock, overlapSeconds: 599 })).rejects.toThrow(RangeError);
    expect(await readFile(join(directory, "runs.jwk"), "utf8")).toBe(before);
  });

  test("by two at once is rotated by one: no key is lost", async () => {
    await open();
    await mkdir(join(directory, "runs.jwk.lock"));
    const refusal = await refusalOf(rotateKey(directory, "runs", { clock }));
    expect(refusal).toMatchObject({ reason: "configuration_invalid" });
    expect(refusal.message).toContain("another rotation is under way");
  });

  test("before there is one is refused", async () => {
    expect(await refusalOf(rotateKey(directory, "runs", { clock }))).toMatchObject({
      reason: "configuration_invalid",
    });
  });
});

describe("a broker that follows a directory of keys", () => {
  test("looks once in a while, however many ask for a key that nobody knows", async () => {
    const keys = await open();
    pass(1);
    expect(await findKey(keys.runs, "unknown")).toBeUndefined();
    await rotateKey(directory, "runs", { clock, leadSeconds: 0 });
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => findKey(keys.runs, `unknown ${index}`)));
    expect(ids(keys), "no second look in the same interval").toHaveLength(1);
    pass(1);
    expect(await findKey(keys.runs, "unknown")).toBeUndefined();
    expect(ids(keys)).toHaveLength(2);
  });

  test("finds a key that another broker signs with already", async () => {
    const [one, two] = [await open(), await open()];
    await rotateKey(directory, "runs", { clock, compromised: true });
    pass(1);
    await one.runs.refresh();
    expect(await findKey(two.runs, one.runs.signer.keyId)).toBeDefined();
  });

  test("keeps the keys at hand while a file is damaged, says so once, and goes on when it is whole", async () => {
    const keys = await open();
    const path = join(directory, "runs.jwk");
    const whole = await readFile(path, "utf8");
    const before = ids(keys);
    await writeFile(path, `{"keys":[{"canary_key_material":1}]}`);
    for (let look = 0; look < 3; look++) {
      pass(1);
      await keys.runs.refresh();
    }
    expect(ids(keys)).toEqual(before);
    expect(troubles.map(({ reason }) => reason)).toEqual(["configuration_invalid"]);
    expect(troubles[0]?.message).not.toContain("canary_key_material");
    await writeFile(path, whole);
    await rotateKey(directory, "runs", { clock });
    pass(1);
    await keys.runs.refresh();
    expect(ids(keys)).toHaveLength(2);
    expect(troubles).toHaveLength(1);
  });

  test.for([
    [
      "of a member that is unknown",
      { keys: [{ kty: "oct", k: "A".repeat(43), used_from: 0, used_until: 9 }] },
    ],
    ["without a time", { keys: [{ kty: "oct", k: "A".repeat(43) }] }],
    ["with none", { keys: [] }],
    ["of another kind", { keys: [{ kty: "EC", crv: "P-256", x: "A", y: "A", d: "A", used_from: 0 }] }],
  ] as const)("does not start from a set of keys %s", async ([, set]) => {
    await open();
    await writeFile(join(directory, "sealing.key"), JSON.stringify(set));
    expect(await refusalOf(open())).toMatchObject({ reason: "configuration_invalid" });
  });
});

describe("a rotated key", () => {
  test("that seals opens what it sealed for good; what is new is sealed by the one after", async () => {
    const keys = await open();
    const old = await seal(keys, "old");
    const oldest = Buffer.concat([Buffer.from([1]), Buffer.from(old).subarray(9)]);
    await rotateKey(directory, "sealing", { clock });
    pass(2);
    await keys.runs.refresh();
    const meanwhile = await seal(keys, "meanwhile");
    expect(meanwhile.slice(1, 9)).toEqual(old.slice(1, 9));
    pass(300);
    const fresh = await seal(keys, "fresh");
    expect(fresh.slice(1, 9)).not.toEqual(old.slice(1, 9));
    pass(86_400 * 365);
    for (const reader of [keys, await open()]) {
      expect(await unseal(reader, oldest), "the layout without a key's id").toBe("old");
      expect(await unseal(reader, old)).toBe("old");
      expect(await unseal(reader, fresh)).toBe("fresh");
    }
  });

  test("that seals is found by a broker that has not heard of it, when a value names it", async () => {
    const [one, two] = [await open(), await open()];
    await rotateKey(directory, "sealing", { clock, compromised: true });
    pass(1);
    await one.runs.refresh();
    expect(await unseal(two, await seal(one, "new"))).toBe("new");
  });

  test("of nonces asks nobody again: both are taken until the end of the earlier one", async () => {
    const keys = await open();
    const old = keys.nonce("w");
    await rotateKey(directory, "nonce", { clock, leadSeconds: 10 });
    pass(2);
    await keys.runs.refresh();
    expect([keys.nonce("w"), keys.nonces("w").length]).toEqual([old, 2]);
    pass(8);
    expect(keys.nonce("w")).not.toBe(old);
    expect(keys.nonces("w")).toEqual([old, keys.nonce("w")]);
    pass(300);
    expect(keys.nonces("w")).toEqual([keys.nonce("w")]);
  });

  test("of the ledger stays known to whoever verifies, beside the one in use", async () => {
    const keys = await open();
    const old = keys.ledger.signer.publicJwk;
    await rotateKey(directory, "ledger", { clock });
    pass(86_400 * 365);
    await keys.ledger.refresh();
    const inUse = keys.ledger.signer.publicJwk;
    expect(inUse).not.toEqual(old);
    expect(
      keys.ledger.verification.notes.map(({ publicKey }) => Buffer.from(publicKey).toString("base64url")),
    ).toEqual([inUse.x, old.x]);
    const published = JSON.parse(await readFile(join(directory, "checkpoint.public.jwk"), "utf8")) as object;
    expect(published).toEqual({ keys: [old, inUse] });
  });

  test.for(["runs", "access", "federation", "ledger", "sealing", "nonce"] satisfies KeyKind[])(
    "of kind %s changes no other kind",
    async (kind) => {
      await open();
      const before = await listKeys(directory, clock);
      await rotateKey(directory, kind, { clock });
      const after = await listKeys(directory, clock);
      expect(after.filter((key) => key.kind !== kind)).toEqual(before.filter((key) => key.kind !== kind));
      expect(after.filter((key) => key.kind === kind).map(({ state }) => state)).toEqual(["in use", "next"]);
    },
  );
});
