import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Refusal, SealedCredential, type Sealer, systemClock } from "@watchword/core";
import { z } from "zod";
import type { FederationAlgorithm, FederationKeys } from "../keys/federation-keys.ts";
import type { SigningKeys } from "../keys/signing-keys.ts";
import { type TransitCall, type TransitOptions, transitClient } from "./transit-client.ts";
import { transitFederationKeys, transitSigningKeys } from "./transit-signing-keys.ts";

/** Keys that never leave a transit engine. */
export interface TransitKeys {
  /**
   * The versions of an `ecdsa-p256` key. One that is made by a rotation there is published for 300 seconds before it signs,
   * and those before it are accepted for 660 more.
   *
   * @throws Refusal `configuration_invalid` when the key is not there, not of that kind, or not ours to use
   */
  signingKeys(key: string): Promise<SigningKeys>;
  /**
   * The same for federation tokens, by how they are to be signed: an `ecdsa-p256` key for ES256 (default), an `rsa-2048` key for RS256.
   *
   * @throws Refusal `configuration_invalid` when the key is not there, not of that kind, or not ours to use
   */
  federationKeys(key: string, algorithm?: FederationAlgorithm): Promise<FederationKeys>;
  /**
   * Seals with data keys that an `aes256-gcm96` key of the engine wraps; each value has its own. What is not of the engine
   * is for `earlier` to open: the sealer of before there was one. It seals nothing.
   */
  sealer(key: string, earlier?: Sealer): Sealer;
}

const Name = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);
const EncryptAnswer = z.object({ data: z.object({ ciphertext: z.string().max(4_096) }) });
const DecryptAnswer = z.object({ data: z.object({ plaintext: z.string().max(4_096) }) });

/**
 * Root keys in HashiCorp Vault or OpenBao: the broker asks for signatures and for data keys to be wrapped, and holds no key
 * that opens a stored secret by itself. Rotating a key there needs nothing here: old values open with their old version, and
 * signing follows.
 *
 * @example
 * ```ts
 * const kms = transitKeys({ url: "https://vault.internal:8200", token });
 * const keys = { ...(await fileKeys("keys/")), runs: await kms.signingKeys("watchword-runs"), sealer: kms.sealer("watchword-seal") };
 * ```
 */
export function transitKeys(options: TransitOptions): TransitKeys {
  const call = transitClient(options);
  return Object.freeze<TransitKeys>({
    signingKeys: (key) => transitSigningKeys(call, Name.parse(key), options.clock ?? systemClock),
    federationKeys: (key, algorithm = "ES256") =>
      transitFederationKeys(call, Name.parse(key), options.clock ?? systemClock, algorithm),
    sealer: (key, earlier) => transitSealer(call, Name.parse(key), earlier),
  });
}

const VERSION = 2;
const NONCE = 12;
const TAG = 16;

/** Layout: version, length of the wrapped key (2 bytes), wrapped key, nonce, tag, value. */
function transitSealer(call: TransitCall, key: string, earlier: Sealer | undefined): Sealer {
  const associated = (context: string): string => Buffer.from(context).toString("base64");
  return Object.freeze<Sealer>({
    async seal(secret, context) {
      const dataKey = randomBytes(32);
      const { data } = await call(
        "POST",
        `encrypt/${key}`,
        { plaintext: dataKey.toString("base64"), associated_data: associated(context) },
        EncryptAnswer,
      );
      const wrapped = Buffer.from(data.ciphertext);
      const head = Buffer.alloc(3);
      head.writeUInt8(VERSION, 0);
      head.writeUInt16BE(wrapped.length, 1);
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", dataKey, nonce).setAAD(Buffer.from(context));
      const body = secret.open((text) => Buffer.concat([cipher.update(text, "utf8"), cipher.final()]));
      return Buffer.concat([head, wrapped, nonce, cipher.getAuthTag(), body]);
    },
    async open(sealed, context) {
      const bytes = Buffer.from(sealed);
      if (earlier !== undefined && bytes[0] !== VERSION) return earlier.open(sealed, context);
      if (bytes.length < 3 || bytes[0] !== VERSION) throw damaged();
      const end = 3 + bytes.readUInt16BE(1);
      const ciphertext = bytes.subarray(3, end).toString();
      if (bytes.length < end + NONCE + TAG || !/^vault:v\d+:[A-Za-z0-9+/=]+$/.test(ciphertext))
        throw damaged();
      const { data } = await call(
        "POST",
        `decrypt/${key}`,
        { ciphertext, associated_data: associated(context) },
        DecryptAnswer,
      );
      return unwrap(Buffer.from(data.plaintext, "base64"), bytes.subarray(end), context);
    },
  });
}

function unwrap(dataKey: Buffer, value: Buffer, context: string): SealedCredential {
  try {
    const decipher = createDecipheriv("aes-256-gcm", dataKey, value.subarray(0, NONCE), {
      authTagLength: TAG,
    });
    decipher.setAAD(Buffer.from(context)).setAuthTag(value.subarray(NONCE, NONCE + TAG));
    const plain = Buffer.concat([decipher.update(value.subarray(NONCE + TAG)), decipher.final()]);
    return new SealedCredential(plain.toString("utf8"));
  } catch {
    throw damaged();
  }
}

function damaged(): Refusal {
  return new Refusal("internal", {
    detail: "a sealed value does not open: other key, other context or damaged",
    failedFact: "credential",
  });
}
