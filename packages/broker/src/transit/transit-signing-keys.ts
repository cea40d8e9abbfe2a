import { createPublicKey } from "node:crypto";
import {
  type Clock,
  type PublicJwk,
  Refusal,
  type Signer,
  type VerificationKey,
  numericDate,
  publicJwkOf,
  verificationKey,
} from "@watchword/core";
import { z } from "zod";
import { KEY_KINDS } from "../keys/key-kinds.ts";
import { type RingKey, acceptedKeys, keyInUse } from "../keys/key-ring.ts";
import type { SigningKeys } from "../keys/signing-keys.ts";
import type { TransitCall } from "./transit-client.ts";

/** Seconds between a version's making and its first use, as long as the key set may be cached. */
const LEAD_SECONDS = 300;
/** Seconds for which a version is accepted after the next one took over. */
const OVERLAP_SECONDS = KEY_KINDS.runs.overlapSeconds ?? 0;
/** Milliseconds between two questions about versions: an answer is needed within the lead, not at once. */
const ASK_AGAIN_MILLISECONDS = 30_000;

const KeyAnswer = z.object({
  data: z.object({
    type: z.string(),
    keys: z.record(
      z.string(),
      z.object({ public_key: z.string(), creation_time: z.iso.datetime({ offset: true }) }),
    ),
  }),
});
const SignAnswer = z.object({ data: z.object({ signature: z.string() }) });

interface Version {
  readonly signer: Signer;
  readonly verification: VerificationKey;
}

/**
 * The versions of an `ecdsa-p256` key of the engine as one kind's keys. When a version was made is the engine's word, so
 * every replica has the same times without a word between them. A version that the engine does not list any more
 * (`min_decryption_version`) is not accepted.
 *
 * @throws Refusal `configuration_invalid`
 */
export async function transitSigningKeys(call: TransitCall, key: string, clock: Clock): Promise<SigningKeys> {
  const known = new Map<string, Version>();
  let ring = await readVersions(call, key, known);
  let asked = clock.now();
  let asking: Promise<void> = Promise.resolve();
  return Object.freeze<SigningKeys>({
    get signer() {
      return keyInUse(ring, numericDate(clock)).signer;
    },
    get verification() {
      return acceptedKeys(ring, numericDate(clock)).map((version) => version.key.verification);
    },
    refresh: () => {
      if (Math.abs(clock.now() - asked) < ASK_AGAIN_MILLISECONDS) return asking;
      asked = clock.now();
      asking = readVersions(call, key, known).then(
        (read) => void (ring = read),
        // The engine says by itself, at the next signature, that it is not there.
        () => undefined,
      );
      return asking;
    },
  });
}

async function readVersions(
  call: TransitCall,
  key: string,
  known: Map<string, Version>,
): Promise<readonly RingKey<Version>[]> {
  const { data } = await call("GET", `keys/${key}`, undefined, KeyAnswer);
  const numbers = Object.keys(data.keys).toSorted((a, b) => Number(a) - Number(b));
  const madeAt = (number: string | undefined): number =>
    Math.floor(Date.parse(data.keys[number ?? ""]?.creation_time ?? "") / 1_000);
  const ring: RingKey<Version>[] = [];
  for (const [index, number] of numbers.entries()) {
    const publicJwk = data.type === "ecdsa-p256" ? jwkOf(data.keys[number]?.public_key ?? "") : undefined;
    if (publicJwk === undefined) throw notOfOurKind(key);
    const version = known.get(number) ?? (await versionOf(call, key, number, publicJwk));
    known.set(number, version);
    const next = numbers[index + 1];
    ring.push({
      key: version,
      usedFrom: madeAt(number) + (index === 0 ? 0 : LEAD_SECONDS),
      retiresAt: next === undefined ? null : madeAt(next) + LEAD_SECONDS + OVERLAP_SECONDS,
    });
  }
  if (ring.length === 0) throw notOfOurKind(key);
  return ring;
}

async function versionOf(
  call: TransitCall,
  key: string,
  number: string,
  publicJwk: PublicJwk,
): Promise<Version> {
  const keyId = `${key}:${number}`;
  const signer = Object.freeze<Signer>({
    keyId,
    publicJwk,
    sign: (input) => sign(call, key, number, input),
  });
  return { signer, verification: await verificationKey(keyId, publicJwk) };
}

async function sign(call: TransitCall, key: string, number: string, input: Uint8Array): Promise<Uint8Array> {
  const answer = await call(
    "POST",
    `sign/${key}/sha2-256`,
    {
      input: Buffer.from(input).toString("base64"),
      marshaling_algorithm: "jws",
      key_version: number,
    },
    SignAnswer,
  );
  const [, , signature = ""] = /^vault:v(\d+):([A-Za-z0-9_-]+)$/.exec(answer.data.signature) ?? [];
  const bytes = Buffer.from(signature, "base64url");
  if (bytes.length !== 64)
    throw new Refusal("ledger_unavailable", { detail: "the transit engine gave no JWS signature" });
  return bytes;
}

function jwkOf(pem: string): PublicJwk | undefined {
  try {
    return publicJwkOf(createPublicKey(pem).export({ format: "jwk" }));
  } catch {
    return undefined;
  }
}

function notOfOurKind(key: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `transit key ${key} is not an ecdsa-p256 key; make one with type=ecdsa-p256`,
  });
}
