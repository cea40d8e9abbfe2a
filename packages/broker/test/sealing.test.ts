import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { SealedCredential, type Sealer } from "@watchword/core";
import { assert, asyncProperty, string } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { aesSealer } from "../src/index.ts";

const SECRET = "rk_test_canary_sealed_0a1b2c";
const CONTEXT = JSON.stringify(["lease", "acme", "lease_1", "stripe"]);

let sealer: Sealer;
beforeAll(async () => {
  sealer = await aesSealer(randomBytes(32));
});

async function reasonOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => "opened",
    (error: unknown) => {
      expect(inspect(error, { depth: 5 })).not.toContain(SECRET);
      return (error as { reason?: unknown }).reason;
    },
  );
}

describe("a sealed credential", () => {
  test("opens to what was sealed, whatever it was", async () => {
    await assert(
      asyncProperty(string({ unit: "binary" }), string(), async (secret, context) => {
        const opened = await sealer.open(await sealer.seal(new SealedCredential(secret), context), context);
        expect(opened.open((text) => Buffer.from(text))).toEqual(Buffer.from(secret));
      }),
      { numRuns: 200 },
    );
  });

  test("does not hold its secret in the clear, and looks different each time", async () => {
    const first = await sealer.seal(new SealedCredential(SECRET), CONTEXT);
    const second = await sealer.seal(new SealedCredential(SECRET), CONTEXT);
    expect(Buffer.from(first).includes(SECRET)).toBe(false);
    expect(Buffer.from(first).equals(second)).toBe(false);
  });

  test("does not open in another row: other tenant, lease or adapter", async () => {
    const sealed = await sealer.seal(new SealedCredential(SECRET), CONTEXT);
    for (const [from, to] of [
      ["acme", "globex"],
      ["lease_1", "lease_2"],
      ["stripe", "github"],
    ] as const)
      expect(await reasonOf(sealer.open(sealed, CONTEXT.replace(from, to)))).toBe("internal");
  });

  test("does not open with one bit changed, wherever it is, or cut short", async () => {
    const sealed = await sealer.seal(new SealedCredential(SECRET), CONTEXT);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(await reasonOf(sealer.open(changed, CONTEXT))).toBe("internal");
    }
    for (const length of [0, 1, 60, sealed.length - 1])
      expect(await reasonOf(sealer.open(sealed.slice(0, length), CONTEXT))).toBe("internal");
  });

  test("does not open with another key", async () => {
    const sealed = await sealer.seal(new SealedCredential(SECRET), CONTEXT);
    expect(await reasonOf((await aesSealer(randomBytes(32))).open(sealed, CONTEXT))).toBe("internal");
  });

  test.for([0, 16, 31, 33])("is not made with a key of %i bytes", async (length) => {
    expect(await reasonOf(aesSealer(new Uint8Array(length)))).toBe("configuration_invalid");
  });
});
