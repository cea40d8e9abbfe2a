import { createCipheriv, createDecipheriv, createPublicKey, randomBytes } from "node:crypto";
import {
  type PublicJwk,
  Refusal,
  SealedCredential,
  type Sealer,
  type Signer,
  publicJwkOf,
} from "@watchword/core";
import { z } from "zod";
import { type TransitCall, type TransitOptions, transitClient } from "./transit-client.ts";

/** Keys that never leave a transit engine. */
export interface TransitKeys {
  /**
   * Signs with the newest version of an `ecdsa-p256` key, as it was when this was called.
   *
   * @throws Refusal `configuration_invalid` when the key is not there, not of that kind, or not ours to use
   */
  signer(key: string): Promise<Signer>;
  /** Seals with data keys that an `aes256-gcm96` key of the engine wraps; each value has its own. */
  sealer(key: string): Sealer;
}

const Name = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);
const KeyAnswer = z.object({
  data: z.object({
    type: z.string(),
    latest_version: z.int().min(1),
    keys: z.record(z.string(), z.object({ public_key: z.string() })),
  }),
});
const SignAnswer = z.object({ data: z.object({ signature: z.string() }) });
const EncryptAnswer = z.object({ data: z.object({ ciphertext: z.string().max(4_096) }) });
const DecryptAnswer = z.object({ data: z.object({ plaintext: z.string().max(4_096) }) });

/**
 * Root keys in HashiCorp Vault or OpenBao: the broker asks for signatures and for data keys to be wrapped, and holds no key
 * that opens a stored secret by itself. Rotating a key there needs nothing here: old values open with their old version.
 *
 * @example
 * ```ts
 * const kms = transitKeys({ url: "https://vault.internal:8200", token });
 * const keys = { ...(await fileKeys("keys/")), runs: await kms.signer("watchword-runs"), sealer: kms.sealer("watchword-seal") };
 * ```
 */
export function transitKeys(options: TransitOptions): TransitKeys {
  const call = transitClient(options);
  return Object.freeze<TransitKeys>({
    signer: (key) => transitSigner(call, Name.parse(key)),
    sealer: (key) => transitSealer(call, Name.parse(key)),
  });
}

async function transitSigner(call: TransitCall, key: string): Promise<Signer> {
  const { data } = await call("GET", `keys/${key}`, undefined, KeyAnswer);
  const version = data.latest_version;
  const pem = data.keys[String(version)]?.public_key;
  const publicJwk = data.type === "ecdsa-p256" && pem !== undefined ? jwkOf(pem) : undefined;
  if (publicJwk === undefined)
    throw new Refusal("configuration_invalid", {
      detail: `transit key ${key} is not an ecdsa-p256 key; make one with type=ecdsa-p256`,
    });
  return Object.freeze<Signer>({
    keyId: `${key}:${version}`,
    publicJwk,
    async sign(input) {
      const answer = await call(
        "POST",
        `sign/${key}/sha2-256`,
        {
          input: Buffer.from(input).toString("base64"),
          marshaling_algorithm: "jws",
          key_version: String(version),
        },
        SignAnswer,
      );
      const [, , signature = ""] = /^vault:v(\d+):([A-Za-z0-9_-]+)$/.exec(answer.data.signature) ?? [];
      const bytes = Buffer.from(signature, "base64url");
      if (bytes.length !== 64)
        throw new Refusal("ledger_unavailable", { detail: "the transit engine gave no JWS signature" });
      return bytes;
    },
  });
}

function jwkOf(pem: string): PublicJwk | undefined {
  try {
    return publicJwkOf(createPublicKey(pem).export({ format: "jwk" }));
  } catch {
    return undefined;
  }
}

const VERSION = 2;
const NONCE = 12;
const TAG = 16;

/** Layout: version, length of the wrapped key (2 bytes), wrapped key, nonce, tag, value. */
function transitSealer(call: TransitCall, key: string): Sealer {
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
