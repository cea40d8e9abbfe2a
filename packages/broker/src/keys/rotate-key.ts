import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, Refusal, numericDate, systemClock } from "@watchword/core";
import { noteSigner } from "../ledger/note-key.ts";
import { publishNoteKeys } from "../ledger/publish-note-keys.ts";
import { createPrivateKey } from "node:crypto";
import { type FederationAlgorithm, algorithmOf } from "./federation-keys.ts";
import { readKeyFile, replaceKeyFile } from "./key-file.ts";
import { KEY_KINDS, type KeyKind } from "./key-kinds.ts";
import { type KeyJwk, type RingKey, acceptedKeys, parseRing, ringText } from "./key-ring.ts";

/** Options of {@link rotateKey}. */
export interface RotateOptions {
  /**
   * Seconds between publishing the new key and its first use: longer than any replica needs to see the file, and any
   * reader of the key set keeps it. Default 300, as long as the key set may be cached.
   */
  readonly leadSeconds?: number;
  /** Seconds for which the earlier key is accepted once the new one is used; never less than the kind needs. */
  readonly overlapSeconds?: number;
  /**
   * The earlier keys may be in other hands: the new key is used at once, and tokens and nonces of the earlier ones are
   * refused at once. What the ledger's or a sealing key made stays readable.
   */
  readonly compromised?: boolean;
  /** How a new key of kind `federation` signs; default: as the youngest there does. No other kind has a choice. */
  readonly federationAlgorithm?: FederationAlgorithm;
  readonly clock?: Clock;
}

/** What a rotation did. Seconds since the epoch. */
export interface Rotation {
  readonly kind: KeyKind;
  readonly usedFrom: number;
  /** When the last of the earlier keys ends; `null`: none of them has an end. */
  readonly earlierUntil: number | null;
  readonly earlier: number;
}

const LEAD_SECONDS = 300;

/**
 * Puts a new key of one kind into a directory that brokers read. It is published at once and used later; the key that was
 * in use gets a stated end. Keys that have ended are taken out of the file.
 *
 * @throws Refusal `configuration_invalid` when there is no such key yet, or another rotation is under way
 * @throws RangeError for an overlap in which valid tokens would be refused
 */
export async function rotateKey(
  directory: string,
  kind: KeyKind,
  options: RotateOptions = {},
): Promise<Rotation> {
  const { leadSeconds = LEAD_SECONDS, compromised = false, clock = systemClock } = options;
  const { file, create, overlapSeconds: needed } = KEY_KINDS[kind];
  const overlap = overlapOf(needed, options.overlapSeconds);
  const path = join(directory, file);
  return alone(path, async () => {
    const now = numericDate(clock);
    const all = await readRing(path);
    const ring = acceptedKeys(all, now);
    const last = ring.at(-1);
    const usedFrom = compromised ? now : Math.max(now, last?.usedFrom ?? 0) + leadSeconds;
    const ends = (key: RingKey<KeyJwk>): number | null => {
      if (overlap === null) return null;
      return compromised ? now : (key.retiresAt ?? usedFrom + overlap);
    };
    const earlier = ring
      .map((key) => ({ ...key, retiresAt: ends(key) }))
      .filter(({ retiresAt }) => retiresAt === null || now < retiresAt);
    const algorithm = options.federationAlgorithm ?? algorithmOf(all.at(-1)?.key ?? {});
    const next = [
      ...(compromised ? earlier.map(begun(now)) : earlier),
      { key: create(algorithm), usedFrom, retiresAt: null },
    ];
    await replaceKeyFile(path, ringText(next));
    if (kind === "ledger")
      await publishNoteKeys(join(directory, "checkpoint.public.jwk"), next.map(publicOf));
    const ended = earlier.flatMap(({ retiresAt }) => retiresAt ?? []);
    return {
      kind,
      usedFrom,
      earlierUntil: ended.length === 0 ? null : Math.max(...ended),
      earlier: earlier.length,
    };
  });
}

/** A key that was still to be used is one of the earlier ones now, too. */
function begun(now: number): (key: RingKey<KeyJwk>) => RingKey<KeyJwk> {
  return (key) => ({ ...key, usedFrom: Math.min(key.usedFrom, now - 1) });
}

function overlapOf(needed: number | null, wanted: number | undefined): number | null {
  if (wanted === undefined || needed === null) return needed;
  if (wanted < needed)
    throw new RangeError(
      `what these keys make is valid for ${needed} seconds; they overlap that long at least`,
    );
  return wanted;
}

/** The keys of a file that is there. */
export async function readRing(path: string): Promise<readonly RingKey<KeyJwk>[]> {
  const file = await readKeyFile(path);
  if (file === undefined || file === "unchanged")
    throw new Refusal("configuration_invalid", {
      detail: `${path} is not there; a broker makes it when it starts`,
    });
  try {
    return parseRing(file.text);
  } catch {
    // The cause may quote the key file, so it is left behind.
    throw new Refusal("configuration_invalid", { detail: `${path} holds no keys` });
  }
}

function publicOf({ key }: RingKey<KeyJwk>): ReturnType<typeof noteSigner>["publicJwk"] {
  return noteSigner(createPrivateKey({ format: "jwk", key: { ...key } })).publicJwk;
}

/** Two rotations at once would lose one of the keys. */
async function alone<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const lock = `${path}.lock`;
  try {
    await mkdir(lock);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new Refusal("configuration_invalid", {
      detail: taken
        ? `another rotation is under way; remove ${lock} if none is`
        : `${lock} cannot be made; keys are rotated where they can be written`,
    });
  }
  try {
    return await work();
  } finally {
    await rmdir(lock);
  }
}
