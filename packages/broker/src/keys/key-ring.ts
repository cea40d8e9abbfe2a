import { Refusal, parseStrictJson } from "@watchword/core";
import { z } from "zod";

/** One key of a ring, and when it is for what. Seconds since the epoch. */
export interface RingKey<Key> {
  readonly key: Key;
  /** From then on it makes what is new. Until then it is published only, so that everybody knows it before it is used. */
  readonly usedFrom: number;
  /** From then on nothing that it made is accepted, whatever that says of itself; `null`: no end is stated. */
  readonly retiresAt: number | null;
}

/** A key as it stands in its file (RFC 7517). */
export type KeyJwk = Readonly<Record<string, string>>;

const Text = z.string().max(256);
/** Members of an RSA key of 2048 bit, the longest of which has 342 characters. */
const LongText = z.string().max(512);
const Seconds = z.int().min(0);
const KeyMember = z.strictObject({
  kty: z.enum(["EC", "OKP", "oct", "RSA"]),
  crv: Text.optional(),
  x: Text.optional(),
  y: Text.optional(),
  d: LongText.optional(),
  n: LongText.optional(),
  e: Text.optional(),
  p: Text.optional(),
  q: Text.optional(),
  dp: Text.optional(),
  dq: Text.optional(),
  qi: Text.optional(),
  k: Text.optional(),
  kid: Text.optional(),
  used_from: Seconds,
  retires_at: Seconds.optional(),
});
const KeySet = z.strictObject({ keys: z.array(KeyMember).min(1) });

/**
 * The keys of a file: a set with the times of each, or one key alone, as files are before their first rotation. A secret
 * of 32 bytes may stand there as bare base64url, too.
 *
 * @throws Error with nothing of the text in it
 */
export function parseRing(text: string): readonly RingKey<KeyJwk>[] {
  const alone = (key: KeyJwk): readonly RingKey<KeyJwk>[] => [{ key, usedFrom: 0, retiresAt: null }];
  if (!text.trimStart().startsWith("{")) return alone({ kty: "oct", k: text.trim() });
  const json = parseStrictJson(text, { maxBytes: 1_048_576 });
  if (typeof json !== "object" || json === null || !("keys" in json)) return alone(json as unknown as KeyJwk);
  const set = KeySet.safeParse(json);
  if (!set.success) throw new TypeError("not a set of keys with their times");
  return set.data.keys
    .map(({ used_from, retires_at, ...jwk }) => ({
      key: Object.fromEntries(
        Object.entries(jwk).filter((member): member is [string, string] => member[1] !== undefined),
      ),
      usedFrom: used_from,
      retiresAt: retires_at ?? null,
    }))
    .toSorted((a, b) => a.usedFrom - b.usedFrom);
}

/** What {@link parseRing} reads. */
export function ringText(ring: readonly RingKey<KeyJwk>[]): string {
  const keys = ring.map(({ key, usedFrom, retiresAt }) => ({
    ...key,
    used_from: usedFrom,
    ...(retiresAt === null ? {} : { retires_at: retiresAt }),
  }));
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

/** The keys that count now: the one in use, the next ones, and those of before until their end. */
export function acceptedKeys<Key>(ring: readonly RingKey<Key>[], now: number): readonly RingKey<Key>[] {
  // INVARIANT: a key's end is looked at whenever it is used, not when its file is read.
  return ring.filter(({ retiresAt }) => retiresAt === null || now < retiresAt);
}

/**
 * The key that makes what is new now: the youngest whose time has come.
 *
 * @throws Refusal `configuration_invalid` when every key of the ring has retired
 */
export function keyInUse<Key>(ring: readonly RingKey<Key>[], now: number): Key {
  const accepted = acceptedKeys(ring, now);
  // A clock that is a little behind the one that rotated must not leave a replica without any.
  const inUse = accepted.findLast(({ usedFrom }) => usedFrom <= now) ?? accepted[0];
  if (inUse === undefined)
    throw new Refusal("configuration_invalid", { detail: "every key of a kind has retired; rotate it" });
  return inUse.key;
}
