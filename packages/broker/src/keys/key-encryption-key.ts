import { type KeyObject, createHash, createSecretKey } from "node:crypto";
import { Refusal } from "@watchword/core";

/** A key that wraps data keys, and the name by which sealed values say which one it was. */
export interface KeyEncryptionKey {
  /** 8 bytes, made from the key: they tell keys apart and nothing about them. */
  readonly id: Uint8Array;
  readonly key: KeyObject;
}

/** The keys of a sealer, as they stand at the moment of asking. */
export interface SealingKeys {
  /** Seals now. */
  readonly current: KeyEncryptionKey;
  /** Open: the key in use, the next one, and every earlier one. */
  readonly all: readonly KeyEncryptionKey[];
  /** Looks for keys that came; bounded in how often it does, and never rejects. */
  refresh(): Promise<void>;
}

/** @throws Refusal `configuration_invalid` when the key is not 32 bytes */
export function keyEncryptionKey(bytes: Uint8Array): KeyEncryptionKey {
  if (bytes.byteLength !== 32)
    throw new Refusal("configuration_invalid", { detail: "the sealing key must be 32 bytes" });
  const id = createHash("sha256").update("watchword sealing key id\0").update(bytes).digest().subarray(0, 8);
  return Object.freeze({ id, key: createSecretKey(Buffer.from(bytes)) });
}
