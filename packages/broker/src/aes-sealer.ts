import { type KeyObject, createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { Refusal, SealedCredential, type Sealer } from "@watchword/core";
import { type KeyEncryptionKey, type SealingKeys, keyEncryptionKey } from "./keys/key-encryption-key.ts";

/** Layout: version, id of the key (8 bytes), wrapped key (nonce, tag, 32 bytes), value (nonce, tag, bytes). */
const VERSION = 3;
/** As before, but without the id: it may be any key. Opened, never made. */
const VERSION_WITHOUT_ID = 1;
const ID = 8;
const NONCE = 12;
const TAG = 16;
const KEY = 32;
const WRAPPED = NONCE + TAG + KEY;

/**
 * Envelope encryption with AES-256-GCM: every value has its own data key, which is wrapped by the key-encryption key.
 * The context is authenticated with both layers.
 *
 * @throws Refusal `configuration_invalid` when the key is not 32 bytes.
 */
export async function aesSealer(bytes: Uint8Array): Promise<Sealer> {
  const current = keyEncryptionKey(bytes);
  return rotatingSealer({ current, all: [current], refresh: async () => undefined });
}

/** As {@link aesSealer}, with a key that changes: what is new is sealed by the one in use, the rest opens with its own. */
export function rotatingSealer(keys: SealingKeys): Sealer {
  return Object.freeze<Sealer>({
    seal: async (secret, context) => {
      const { id, key } = keys.current;
      const dataKey = randomBytes(KEY);
      const value = secret.open((text) =>
        encrypt(createSecretKey(dataKey), Buffer.from(text, "utf8"), context),
      );
      return Buffer.concat([Buffer.from([VERSION]), id, encrypt(key, dataKey, context), value]);
    },
    open: async (sealed, context) => {
      const bytes = Buffer.from(sealed);
      const split = bytes[0] === VERSION ? 1 + ID : 1;
      if (bytes[0] !== VERSION && bytes[0] !== VERSION_WITHOUT_ID) throw damaged();
      for (const { key } of await candidates(keys, bytes.subarray(1, split))) {
        const opened = unseal(key, bytes.subarray(split), context);
        if (opened !== undefined) return opened;
      }
      throw damaged();
    },
  });
}

/** The key of this id, or every key where the value names none. */
async function candidates(keys: SealingKeys, id: Uint8Array): Promise<readonly KeyEncryptionKey[]> {
  if (id.byteLength === 0) return keys.all;
  const named = (): readonly KeyEncryptionKey[] => keys.all.filter((key) => Buffer.compare(key.id, id) === 0);
  const known = named();
  if (known.length > 0) return known;
  await keys.refresh();
  return named();
}

function unseal(key: KeyObject, sealed: Buffer, context: string): SealedCredential | undefined {
  try {
    const dataKey = createSecretKey(decrypt(key, sealed.subarray(0, WRAPPED), context));
    return new SealedCredential(decrypt(dataKey, sealed.subarray(WRAPPED), context).toString("utf8"));
  } catch {
    return undefined;
  }
}

function damaged(): Refusal {
  return new Refusal("internal", {
    detail: "a sealed value does not open: other key, other context or damaged",
    failedFact: "credential",
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
