import { createPublicKey } from "node:crypto";
import { type Clock, Refusal, numericDate } from "@watchword/core";
import { z } from "zod";
import { KEY_KINDS } from "../keys/key-kinds.ts";
import { type RingKey, acceptedKeys, keyInUse } from "../keys/key-ring.ts";
import type { FederationAlgorithm, FederationKeys } from "../keys/federation-keys.ts";
import type { SigningKeys } from "../keys/signing-keys.ts";
import type { TransitCall } from "./transit-client.ts";
import {
  TRANSIT_ES256,
  TRANSIT_RS256,
  type TransitKeyForm,
  type TransitVersion,
} from "./transit-key-form.ts";

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

/**
 * The versions of an `ecdsa-p256` key of the engine as one kind's keys. When a version was made is the engine's word, so
 * every replica has the same times without a word between them. A version that the engine does not list any more
 * (`min_decryption_version`) is not accepted.
 *
 * @throws Refusal `configuration_invalid`
 */
export async function transitSigningKeys(call: TransitCall, key: string, clock: Clock): Promise<SigningKeys> {
  return keysOf(call, key, clock, TRANSIT_ES256);
}

/**
 * The same of federation tokens, by how they are to be signed: RS256 takes an `rsa-2048` key.
 *
 * @throws Refusal `configuration_invalid`
 */
export async function transitFederationKeys(
  call: TransitCall,
  key: string,
  clock: Clock,
  algorithm: FederationAlgorithm,
): Promise<FederationKeys> {
  return algorithm === "RS256"
    ? keysOf(call, key, clock, TRANSIT_RS256)
    : keysOf(call, key, clock, TRANSIT_ES256);
}

async function keysOf<S, V>(
  call: TransitCall,
  key: string,
  clock: Clock,
  form: TransitKeyForm<S, V>,
): Promise<{ readonly signer: S; readonly verification: readonly V[]; refresh(): Promise<void> }> {
  const known = new Map<string, TransitVersion<S, V>>();
  let ring = await readVersions(call, key, known, form);
  let asked = clock.now();
  let asking: Promise<void> = Promise.resolve();
  return Object.freeze({
    get signer() {
      return keyInUse(ring, numericDate(clock)).signer;
    },
    get verification() {
      return acceptedKeys(ring, numericDate(clock)).map((version) => version.key.verification);
    },
    refresh: () => {
      if (Math.abs(clock.now() - asked) < ASK_AGAIN_MILLISECONDS) return asking;
      asked = clock.now();
      asking = readVersions(call, key, known, form).then(
        (read) => void (ring = read),
        // The engine says by itself, at the next signature, that it is not there.
        () => undefined,
      );
      return asking;
    },
  });
}

async function readVersions<S, V>(
  call: TransitCall,
  key: string,
  known: Map<string, TransitVersion<S, V>>,
  form: TransitKeyForm<S, V>,
): Promise<readonly RingKey<TransitVersion<S, V>>[]> {
  const { data } = await call("GET", `keys/${key}`, undefined, KeyAnswer);
  const numbers = Object.keys(data.keys).toSorted((a, b) => Number(a) - Number(b));
  const madeAt = (number: string | undefined): number =>
    Math.floor(Date.parse(data.keys[number ?? ""]?.creation_time ?? "") / 1_000);
  const ring: RingKey<TransitVersion<S, V>>[] = [];
  if (data.type !== form.type) throw notOfOurKind(key, form.type);
  for (const [index, number] of numbers.entries()) {
    const made = known.get(number) ?? versionOf(call, key, number, data.keys[number]?.public_key ?? "", form);
    const version = await made;
    known.set(number, version);
    const next = numbers[index + 1];
    ring.push({
      key: version,
      usedFrom: madeAt(number) + (index === 0 ? 0 : LEAD_SECONDS),
      retiresAt: next === undefined ? null : madeAt(next) + LEAD_SECONDS + OVERLAP_SECONDS,
    });
  }
  if (ring.length === 0) throw notOfOurKind(key, form.type);
  return ring;
}

async function versionOf<S, V>(
  call: TransitCall,
  key: string,
  number: string,
  pem: string,
  form: TransitKeyForm<S, V>,
): Promise<TransitVersion<S, V>> {
  try {
    const jwk = createPublicKey(pem).export({ format: "jwk" });
    return await form.versionOf(`${key}:${number}`, jwk, (input, options, length) =>
      sign(call, { key, number, options, length }, input),
    );
  } catch {
    throw notOfOurKind(key, form.type);
  }
}

interface SignedWith {
  readonly key: string;
  readonly number: string;
  readonly options: object;
  /** Bytes of a signature. */
  readonly length: number;
}

async function sign(
  call: TransitCall,
  { key, number, options, length }: SignedWith,
  input: Uint8Array,
): Promise<Uint8Array> {
  const answer = await call(
    "POST",
    `sign/${key}/sha2-256`,
    {
      input: Buffer.from(input).toString("base64"),
      marshaling_algorithm: "jws",
      ...options,
      key_version: number,
    },
    SignAnswer,
  );
  const [, , signature = ""] = /^vault:v(\d+):([A-Za-z0-9_-]+)$/.exec(answer.data.signature) ?? [];
  const bytes = Buffer.from(signature, "base64url");
  if (bytes.length !== length)
    throw new Refusal("ledger_unavailable", { detail: "the transit engine gave no JWS signature" });
  return bytes;
}

function notOfOurKind(key: string, type: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `transit key ${key} is not an ${type} key; make one with type=${type}`,
  });
}
