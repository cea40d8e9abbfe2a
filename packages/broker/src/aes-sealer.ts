import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { Refusal, SealedCredential, type Sealer } from "@watchword/core";

const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const KEY = 32;

/**
 * Envelope encryption with AES-256-GCM: every value has its own data key, which is wrapped by the key-encryption key.
 * The context is authenticated with both layers. Layout: version, wrapped key (nonce, tag, 32 bytes), value (nonce, tag,
 * bytes).
 *
 * @throws Refusal `configuration_invalid` when the key is not 32 bytes.
 */
export async function aesSealer(keyEncryptionKey: Uint8Array): Promise<Sealer> {
  if (keyEncryptionKey.byteLength !== KEY)
    throw new Refusal("configuration_invalid", { detail: "the sealing key must be 32 bytes" });
  const outer = createSecretKey(Buffer.from(keyEncryptionKey));
  return Object.freeze({
    seal: async (secret: SealedCredential, context: string) => {
      const dataKey = randomBytes(KEY);
      const value = secret.open((text) =>
        encrypt(createSecretKey(dataKey), Buffer.from(text, "utf8"), context),
      );
      return Buffer.concat([Buffer.from([VERSION]), encrypt(outer, dataKey, context), value]);
    },
    open: async (sealed: Uint8Array, context: string) => {
      try {
        const bytes = Buffer.from(sealed);
        if (bytes[0] !== VERSION) throw new Error("version");
        const split = 1 + NONCE + TAG + KEY;
        const dataKey = createSecretKey(decrypt(outer, bytes.subarray(1, split), context));
        return new SealedCredential(decrypt(dataKey, bytes.subarray(split), context).toString("utf8"));
      } catch {
        throw new Refusal("internal", {
          detail: "a sealed value does not open: other key, other context or damaged",
          failedFact: "credential",
        });
      }
    },
  });
}

function encrypt(key: KeyObject, plain: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context, "utf8"));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: KeyObject, sealed: Buffer, context: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE), {
    authTagLength: TAG,
  }).setAAD(Buffer.from(context, "utf8"));
  decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]);
}
