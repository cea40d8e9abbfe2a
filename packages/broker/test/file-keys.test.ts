import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { SealedCredential } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileKeys } from "../src/index.ts";

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "watchword-keys-")), "keys");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("keys in files", () => {
  test("are made once, readable by their owner only, and nothing half-made is left", async () => {
    const first = await fileKeys(directory);
    expect((await readdir(directory)).toSorted()).toEqual([
      "access.jwk",
      "checkpoint.jwk",
      "checkpoint.public.jwk",
      "federation.jwk",
      "nonce.key",
      "pseudonym.key",
      "runs.jwk",
      "sealing.key",
    ]);
    for (const name of await readdir(directory))
      if (!name.includes(".public.")) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);

    const second = await fileKeys(directory);
    expect(second.runs.signer.publicJwk).toEqual(first.runs.signer.publicJwk);
    expect(second.ledger.signer.publicJwk).toEqual(first.ledger.signer.publicJwk);
    const opened = await second.sealer.open(await first.sealer.seal(new SealedCredential("s"), "c"), "c");
    expect(opened.open((text) => text)).toBe("s");
  });

  test("of two kinds are two keys: a run token's key signs no checkpoint", async () => {
    const { runs, ledger } = await fileKeys(directory);
    expect([runs.signer.publicJwk.crv, ledger.signer.publicJwk.crv]).toEqual(["P-256", "Ed25519"]);
  });

  test("leave the public half of the ledger's key for whoever verifies, whatever stood there", async () => {
    const { ledger } = await fileKeys(directory);
    const path = join(directory, "checkpoint.public.jwk");
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(ledger.signer.publicJwk);
    await writeFile(path, "somebody else's");
    await fileKeys(directory);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(ledger.signer.publicJwk);
  });

  test("of before still verify the checkpoints that they signed, and are not made anew", async () => {
    expect((await fileKeys(directory)).ledger.verification.earlier).toEqual([]);
    await copyFile(join(directory, "runs.jwk"), join(directory, "ledger.jwk"));
    const { runs, ledger } = await fileKeys(directory);
    expect(ledger.verification.earlier.map(({ keyId }) => keyId)).toEqual([runs.signer.keyId]);
    expect(ledger.verification.notes).toHaveLength(1);
  });

  test("are the same for processes that start at the same moment", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => fileKeys(directory)));
    expect(new Set(all.map(({ runs }) => runs.signer.keyId)).size).toBe(1);
    expect(new Set(all.map(({ ledger }) => JSON.stringify(ledger.signer.publicJwk))).size).toBe(1);
  });

  test.for(["runs.jwk", "access.jwk", "checkpoint.jwk", "federation.jwk", "sealing.key", "nonce.key"])(
    "that are damaged are named, not quoted: %s",
    async (name) => {
      await fileKeys(directory);
      const path = join(directory, name);
      const canary = "canary_key_material";
      await writeFile(path, `${canary}${(await readFile(path, "utf8")).slice(0, 12)}`);
      const refusal = await fileKeys(directory).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ reason: "configuration_invalid" });
      expect(inspect(refusal, { depth: 5 })).not.toContain(canary);
      expect((refusal as Error).message).toContain(name);
    },
  );

  test.for(["runs.jwk", "sealing.key"])("that others may read are refused: %s", async (name) => {
    await fileKeys(directory);
    await chmod(join(directory, name), 0o644);
    const refusal = await fileKeys(directory).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ reason: "configuration_invalid" });
    expect((refusal as Error).message).toMatch(/chmod 600/);
  });

  test("that cannot be read are refused with the system's code", async () => {
    await mkdir(join(directory, "runs.jwk"), { recursive: true, mode: 0o700 });
    await expect(fileKeys(directory)).rejects.toMatchObject({
      reason: "configuration_invalid",
      message: `configuration_invalid: ${join(directory, "runs.jwk")} cannot be read (EISDIR)`,
    });
  });

  test("in a place where no directory can be made are configuration_invalid", async () => {
    const file = `${directory}-file`;
    await writeFile(file, "");
    await expect(fileKeys(join(file, "keys"))).rejects.toMatchObject({ reason: "configuration_invalid" });
    await rm(file);
  });
});
