import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  Refusal,
  type Signer,
  type VerificationKey,
  parseStrictJson,
  publicJwkOf,
  signerOf,
  verificationKey,
} from "@watchword/core";
import { aesSealer } from "./aes-sealer.ts";
import type { BrokerKeys } from "./broker-keys.ts";
import { type NoteSigner, noteKey, noteSigner } from "./ledger/note-key.ts";
import { publishNoteKey } from "./ledger/publish-note-key.ts";

/**
 * Keys in a directory, made on first use with mode 0600: `runs.jwk`, `checkpoint.jwk`, `federation.jwk`, `sealing.key`,
 * `pseudonym.key` and `nonce.key`. Whoever can read them is the broker; keep them apart from the store's backups. Only
 * `checkpoint.public.jwk` is for others, who verify the ledger with it. A `ledger.jwk` of before signs nothing more;
 * while it is there, what it signed stays verifiable.
 *
 * @throws Refusal `configuration_invalid` when a file is there and is not a key, or others than its owner may read it.
 */
export async function fileKeys(directory: string): Promise<BrokerKeys> {
  await makeDirectory(directory);
  const [runs, ledger, earlier, federation] = await Promise.all([
    loadSigner(join(directory, "runs.jwk")),
    loadNoteSigner(directory),
    loadEarlierKey(join(directory, "ledger.jwk")),
    loadSigner(join(directory, "federation.jwk")),
  ]);
  const createSecret = async (): Promise<string> => randomBytes(32).toString("base64url");
  const sealing = await loadOrCreate(join(directory, "sealing.key"), createSecret);
  const hashing = await loadOrCreate(join(directory, "pseudonym.key"), createSecret);
  const nonces = await loadOrCreate(join(directory, "nonce.key"), createSecret);
  const hashKey = secretKey(
    join(directory, "pseudonym.key"),
    hashing,
    "without the right one, the same person looks like another in traces",
  );
  const nonceKey = secretKey(
    join(directory, "nonce.key"),
    nonces,
    "remove it to have a new one made; proofs under way are asked for once more",
  );
  return {
    runs,
    runVerification: [await verificationKey(runs.keyId, runs.publicJwk)],
    ledger,
    ledgerVerification: { notes: [noteKey(ledger.publicJwk)], earlier },
    federation,
    federationVerification: [await verificationKey(federation.keyId, federation.publicJwk)],
    pseudonym: (text) => createHmac("sha256", hashKey).update(text).digest("base64url").slice(0, 22),
    nonce: (text) => createHmac("sha256", nonceKey).update(text).digest("base64url"),
    sealer: await aesSealer(
      secretKey(
        join(directory, "sealing.key"),
        sealing,
        "without the right one, stored secrets cannot be opened",
      ),
    ),
  };
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

function secretKey(path: string, text: string, without: string): Uint8Array {
  const bytes = Buffer.from(text.trim(), "base64url");
  if (bytes.length === 32 && bytes.toString("base64url") === text.trim()) return bytes;
  throw new Refusal("configuration_invalid", {
    detail: `${path} is not 32 bytes in base64url; ${without}`,
  });
}

async function loadSigner(path: string): Promise<Signer> {
  const text = await loadOrCreate(path, createKey);
  try {
    const jwk = parseStrictJson(text) as Record<string, string>;
    const privateKey = await crypto.subtle.importKey(
      "jwk",
      { ...jwk },
      { name: "ECDSA", namedCurve: "P-256" },
      false,
      ["sign"],
    );
    const { d: _private, ...publicPart } = jwk;
    return signerOf(jwk["kid"] ?? "", privateKey, publicJwkOf(publicPart));
  } catch {
    // The cause may quote the key file, so it is left behind.
    throw new Refusal("configuration_invalid", {
      detail: `${path} is not an EC P-256 private key (JWK); restore it, or remove it to have a new one made, which verifies nothing that the old one signed`,
    });
  }
}

/** The key that signs checkpoints; its public part stands in a file beside it, to hand to whoever verifies. */
async function loadNoteSigner(directory: string): Promise<NoteSigner> {
  const path = join(directory, "checkpoint.jwk");
  const text = await loadOrCreate(path, async () =>
    JSON.stringify(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })),
  );
  let signer: NoteSigner;
  try {
    const jwk = parseStrictJson(text) as Record<string, string>;
    signer = noteSigner(createPrivateKey({ format: "jwk", key: jwk }));
  } catch {
    // The cause may quote the key file, so it is left behind.
    throw new Refusal("configuration_invalid", {
      detail: `${path} is not an Ed25519 private key (JWK); restore it, or remove it to have a new one made, whose public part verifiers then need as well`,
    });
  }
  await publishNoteKey(join(directory, "checkpoint.public.jwk"), signer.publicJwk);
  return signer;
}

/** Checkpoints were signed with ES256 once; nothing makes such a key any more. */
async function loadEarlierKey(path: string): Promise<VerificationKey[]> {
  if ((await read(path)) === undefined) return [];
  const { keyId, publicJwk } = await loadSigner(path);
  return [await verificationKey(keyId, publicJwk)];
}

async function createKey(): Promise<string> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return JSON.stringify({ kty, crv, x, y, d, kid: randomUUID() });
}

/** Two processes that start at once end with the same file: a link is made or is there already, never half a file. */
async function loadOrCreate(path: string, create: () => Promise<string>): Promise<string> {
  const existing = await read(path);
  if (existing !== undefined) return existing;
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, await create(), { mode: 0o600, flag: "wx" });
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return readFile(path, "utf8");
}

async function read(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, "r");
    if (process.platform !== "win32" && ((await file.stat()).mode & 0o077) !== 0) {
      throw new Refusal("configuration_invalid", {
        detail: `${path} can be read by others; chmod 600 it, and replace the key if they may have`,
      });
    }
    return await file.readFile("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw Refusal.from(error, "configuration_invalid", { detail: `${path} cannot be read` });
  }
}
