import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Clock, numericDate, systemClock } from "@watchword/core";
import { KEY_KINDS, type KeyKind } from "./key-kinds.ts";
import { type KeyJwk, keyInUse } from "./key-ring.ts";
import { readRing } from "./rotate-key.ts";

/** One key of a directory, as it may be shown. Seconds since the epoch. */
export interface ListedKey {
  readonly kind: KeyKind;
  /** Names the key and says nothing about it. */
  readonly id: string;
  readonly state: "next" | "in use" | "earlier" | "retired";
  readonly usedFrom: number;
  readonly retiresAt: number | null;
}

/**
 * What a directory of keys holds, by kind and age.
 *
 * @throws Refusal `configuration_invalid` when a file is missing or is no key
 */
export async function listKeys(directory: string, clock: Clock = systemClock): Promise<readonly ListedKey[]> {
  const now = numericDate(clock);
  const kinds = Object.keys(KEY_KINDS) as KeyKind[];
  const listed = await Promise.all(
    kinds.map(async (kind) => {
      const ring = await readRing(join(directory, KEY_KINDS[kind].file));
      const retired = (end: number | null): boolean => end !== null && end <= now;
      const inUse = ring.every(({ retiresAt }) => retired(retiresAt)) ? undefined : keyInUse(ring, now);
      return ring.map(({ key, usedFrom, retiresAt }): ListedKey => {
        const age = usedFrom > now ? "next" : "earlier";
        const state = retired(retiresAt) ? "retired" : key === inUse ? "in use" : age;
        return { kind, id: idOf(key), state, usedFrom, retiresAt };
      });
    }),
  );
  return listed.flat();
}

function idOf(key: KeyJwk): string {
  // Of a public part there is a name already; a secret is named by its hash.
  return (
    key["kid"] ??
    key["x"] ??
    createHash("sha256")
      .update(key["k"] ?? "")
      .digest("base64url")
      .slice(0, 11)
  );
}
