import { type KeyObject, createHmac, createPrivateKey, createSecretKey } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type Clock,
  Refusal,
  type Signer,
  type VerificationKey,
  numericDate,
  parseStrictJson,
  publicJwkOf,
  rsaSignerOf,
  signerOf,
  systemClock,
  verificationKey,
} from "@watchword/core";
import { rotatingSealer } from "./aes-sealer.ts";
import type { BrokerKeys } from "./broker-keys.ts";
import { keyEncryptionKey } from "./keys/key-encryption-key.ts";
import { KeyDirectory } from "./keys/key-directory.ts";
import {
  type FederationAlgorithm,
  type FederationKeys,
  type PublishedKey,
  algorithmOf,
} from "./keys/federation-keys.ts";
import { readKeyFile } from "./keys/key-file.ts";
import { KEY_KINDS, type KeyKind } from "./keys/key-kinds.ts";
import { type KeyJwk, acceptedKeys, keyInUse } from "./keys/key-ring.ts";
import type { NoteKeys } from "./keys/note-keys.ts";
import { RingReader } from "./keys/ring-reader.ts";
import { type NoteKey, type NoteSigner, noteKey, noteSigner } from "./ledger/note-key.ts";
import { publishNoteKeys } from "./ledger/publish-note-keys.ts";

/** Options of {@link fileKeys}. */
export interface FileKeysOptions {
  readonly clock?: Clock;
  /**
   * How federation tokens are to be signed: a first key is made so, and a youngest key that signs otherwise is refused, for it
   * takes a rotation to change it. Left out: as the keys there do, and a first one signs ES256.
   */
  readonly federationAlgorithm?: FederationAlgorithm;
  /** Told once when a file cannot be read any more; the keys at hand stay in force. */
  readonly onTrouble?: (refusal: Refusal) => void;
}

/**
 * Keys in a directory, made on first use with mode 0600: `runs.jwk`, `access.jwk`, `checkpoint.jwk`, `federation.jwk`,
 * `sealing.key`, `pseudonym.key` and `nonce.key`. Whoever can read them is the broker; keep them apart from the store's backups. Only
 * `checkpoint.public.jwk` is for others, who verify the ledger with it. A `ledger.jwk` of before signs nothing more;
 * while it is there, what it signed stays verifiable.
 *
 * All but `pseudonym.key` rotate (`rotateKey`) while brokers run: several may share the directory, and each follows its
 * files.
 *
 * @throws Refusal `configuration_invalid` when a file is there and is not a key, or others than its owner may read it.
 */
export async function fileKeys(directory: string, options: FileKeysOptions = {}): Promise<BrokerKeys> {
  const { clock = systemClock, onTrouble = () => undefined, federationAlgorithm } = options;
  await makeDirectory(directory);
  const [runs, access, federation, notes, earlier] = await Promise.all([
    openRing(directory, "runs", importSigner, ES256),
    openRing(directory, "access", importSigner, ES256),
    openRing(directory, "federation", importFederationKey, FEDERATION, federationAlgorithm),
    openRing(directory, "ledger", importNoteSigner, ED25519),
    loadEarlierKey(join(directory, "ledger.jwk")),
  ]);
  checkAlgorithm(join(directory, KEY_KINDS.federation.file), federation, federationAlgorithm);
  const sealing = await openRing(
    directory,
    "sealing",
    async (jwk) => keyEncryptionKey(secretOf(jwk)),
    "32 bytes in base64url; without the right one, stored secrets cannot be opened",
  );
  const nonces = await openRing(
    directory,
    "nonce",
    async (jwk) => createSecretKey(secretOf(jwk)),
    "32 bytes in base64url; remove it to have a new one made; proofs under way are asked for once more",
  );
  const pseudonym = await RingReader.open({
    path: join(directory, "pseudonym.key"),
    create: () => KEY_KINDS.nonce.create()["k"] ?? "",
    import: async (jwk) => createSecretKey(secretOf(jwk)),
    otherwise: "32 bytes in base64url; without the right one, the same person looks like another in traces",
  });
  const publish = (): Promise<void> =>
    publishNoteKeys(
      join(directory, "checkpoint.public.jwk"),
      notes.ring.map(({ key }) => key.signer.publicJwk),
    );
  await publish();

  const { refresh } = new KeyDirectory(clock, [runs, access, federation, notes, sealing, nonces], onTrouble);
  const now = (): number => numericDate(clock);
  return Object.freeze<BrokerKeys>({
    runs: signingKeys(runs, now, refresh),
    access: signingKeys(access, now, refresh),
    federation: signingKeys(federation, now, refresh),
    ledger: noteKeys(notes, earlier, now, refresh),
    pseudonym: (text) => hmac(keyInUse(pseudonym.ring, now()), text).slice(0, 22),
    nonce: (text) => hmac(keyInUse(nonces.ring, now()), text),
    nonces: (text) => acceptedKeys(nonces.ring, now()).map(({ key }) => hmac(key, text)),
    sealer: rotatingSealer({
      get current() {
        return keyInUse(sealing.ring, now());
      },
      get all() {
        return acceptedKeys(sealing.ring, now()).map(({ key }) => key);
      },
      refresh,
    }),
  });
}

interface Es256Key {
  readonly signer: Signer;
  readonly verification: VerificationKey;
}

interface FederationKey {
  readonly signer: FederationKeys["signer"];
  readonly verification: PublishedKey;
}

interface Ed25519Key {
  readonly signer: NoteSigner;
  readonly verification: NoteKey;
}

const ES256 =
  "an EC P-256 private key (JWK); restore it, or remove it to have a new one made, which verifies nothing that the old one signed";
const ED25519 =
  "an Ed25519 private key (JWK); restore it, or remove it to have a new one made, whose public part verifiers then need as well";

const FEDERATION =
  "an EC P-256 or RSA 2048 private key (JWK); restore it, or remove it to have a new one made, which verifies nothing that the old one signed";

function openRing<Key>(
  directory: string,
  kind: KeyKind,
  importKey: (jwk: KeyJwk) => Promise<Key>,
  otherwise: string,
  algorithm?: FederationAlgorithm,
): Promise<RingReader<Key>> {
  const { file, create } = KEY_KINDS[kind];
  return RingReader.open({
    path: join(directory, file),
    create: () => {
      const jwk = create(algorithm);
      return jwk["kty"] === "oct" ? (jwk["k"] ?? "") : JSON.stringify(jwk);
    },
    import: importKey,
    otherwise,
  });
}

/** Keys of tokens, as the ring has them; what may be done with one is the kind's. */
function signingKeys<S, V>(
  reader: RingReader<{ readonly signer: S; readonly verification: V }>,
  now: () => number,
  refresh: () => Promise<void>,
): { readonly signer: S; readonly verification: readonly V[]; readonly refresh: () => Promise<void> } {
  return Object.freeze({
    get signer() {
      return keyInUse(reader.ring, now()).signer;
    },
    get verification() {
      return acceptedKeys(reader.ring, now()).map(({ key }) => key.verification);
    },
    refresh,
  });
}

function noteKeys(
  reader: RingReader<Ed25519Key>,
  earlier: readonly VerificationKey[],
  now: () => number,
  refresh: () => Promise<void>,
): NoteKeys {
  return Object.freeze<NoteKeys>({
    get signer() {
      return keyInUse(reader.ring, now()).signer;
    },
    get verification() {
      // The one in use comes first, for whoever looks for it.
      const inUse = keyInUse(reader.ring, now());
      const others = reader.ring.filter(({ key }) => key !== inUse).map(({ key }) => key);
      return { notes: [inUse, ...others].map((key) => key.verification), earlier };
    },
    refresh,
  });
}

async function importSigner(jwk: KeyJwk): Promise<Es256Key> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const privateKey = await crypto.subtle.importKey("jwk", { ...jwk }, algorithm, false, ["sign"]);
  const { d: _private, ...publicPart } = jwk;
  const signer = signerOf(jwk["kid"] ?? "", privateKey, publicJwkOf(publicPart));
  return { signer, verification: await verificationKey(signer.keyId, signer.publicJwk) };
}

/** RSA is taken here and for no other kind: {@link importSigner} refuses it. */
async function importFederationKey(jwk: KeyJwk): Promise<FederationKey> {
  if (jwk["kty"] !== "RSA") return importSigner(jwk);
  const signer = await rsaSignerOf(jwk["kid"] ?? "", jwk);
  return { signer, verification: { keyId: signer.keyId, publicJwk: signer.publicJwk } };
}

/** INVARIANT: nobody signs otherwise than configured for good; a rotation alone changes it, so that relying systems know the key first. */
function checkAlgorithm(
  path: string,
  { ring }: RingReader<FederationKey>,
  wanted: FederationAlgorithm | undefined,
): void {
  const youngest = ring.at(-1)?.key.verification.publicJwk;
  if (wanted === undefined || youngest === undefined || algorithmOf(youngest) === wanted) return;
  throw new Refusal("configuration_invalid", {
    detail: `the youngest key of ${path} signs ${algorithmOf(youngest)}, and ${wanted} is configured: rotate it to that (watchword keys rotate --kind federation --config <file>) and start again, or configure ${algorithmOf(youngest)}`,
  });
}

async function importNoteSigner(jwk: KeyJwk): Promise<Ed25519Key> {
  const signer = noteSigner(createPrivateKey({ format: "jwk", key: { ...jwk } }));
  return { signer, verification: noteKey(signer.publicJwk) };
}

/** Checkpoints were signed with ES256 once; nothing makes such a key any more. */
async function loadEarlierKey(path: string): Promise<VerificationKey[]> {
  const file = await readKeyFile(path);
  if (file === undefined || file === "unchanged") return [];
  try {
    return [(await importSigner(parseStrictJson(file.text) as KeyJwk)).verification];
  } catch {
    throw new Refusal("configuration_invalid", { detail: `${path} is not ${ES256}` });
  }
}

function secretOf(jwk: KeyJwk): Uint8Array {
  const text = jwk["k"] ?? "";
  const bytes = Buffer.from(text, "base64url");
  if (jwk["kty"] !== "oct" || bytes.length !== 32 || bytes.toString("base64url") !== text)
    throw new TypeError("not 32 bytes in base64url");
  return bytes;
}

function hmac(key: KeyObject, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch {
    throw new Refusal("configuration_invalid", {
      detail: `${directory} cannot be made for the broker's keys`,
    });
  }
}
