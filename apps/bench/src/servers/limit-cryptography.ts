import {
  type KeyObject,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hash,
  randomBytes,
  randomUUID,
  sign,
  verify,
} from "node:crypto";
import type { PublicJwk } from "@watchword/core";

/** What one act does in cryptography, and where in the broker. The handle is a random value, so that only the ledger is signed. */
export const LIMIT_OPERATIONS = [
  "ES256 verify ×2: run token (run-token.ts readRunToken), assertion (verify-assertion.ts verifyAssertion)",
  "SHA-256 ×11: run token for ath, run key's thumbprint ×2 (run-token.ts, verify-assertion.ts runKey), action digest (verify-assertion.ts), facts digest (policy decide.ts), fingerprint, handle and idempotency key (open-lease.ts makeLease), commitment to what is personal (prepare-entry.ts), two ledger records (record-hash.ts)",
  "SHA-256 ×6, Ed25519 sign ×1/500: its two records in the ledger's signed tree: read back and hashed again (ledger-checkpoints.ts), a leaf and on average a node each (merkle-edge.ts), a checkpoint for every 1,000 of them (signed-note.ts)",
  "HMAC-SHA-256 ×1: which secret of the connection it was minted with (connection-fingerprint.ts)",
  "AES-256-GCM decrypt ×2: data key and secret of the connection (tenant-systems.ts openConnection)",
  "AES-256-GCM encrypt ×2: data key and credential of the lease (open-lease.ts makeLease)",
  "random bytes ×5: handle, data key, two nonces, salt; random ids ×2: decision, lease",
] as const;

const AAD = Buffer.from('["lease","mid","lease_0123456789abcdef0123456789abcdef","bench"]');
/** Canonical texts of about the sizes that an act hashes. */
const TEXTS = {
  small: "x".repeat(120),
  action: "x".repeat(220),
  personal: "x".repeat(900),
  record: "x".repeat(950),
};

/** What is hashed for one record's place in the tree (RFC 6962 section 2.1), and about what a checkpoint signs. */
const TREE = { leaf: Buffer.alloc(33), node: Buffer.alloc(65), note: Buffer.alloc(150) };
const ACTS_OF_A_CHECKPOINT = 500;

/**
 * The same cryptography as an act, by the cheapest calls that Node has (`node:crypto`, synchronous, keys imported once), and
 * nothing else: no decision, no store, and JSON only where a signature is over its text.
 */
export function limitCryptography(
  runTokens: PublicJwk,
  runKey: PublicJwk,
): (runToken: string, assertion: string) => void {
  const [broker, run] = [runTokens, runKey].map((jwk) => createPublicKey({ key: { ...jwk }, format: "jwk" }));
  if (broker === undefined || run === undefined) throw new Error("two keys");
  const outer = createSecretKey(randomBytes(32));
  const mac = createSecretKey(randomBytes(32));
  const sealed = seal(outer);
  const jwkText = JSON.stringify(runKey);
  const notes = generateKeyPairSync("ed25519").privateKey;
  let acts = 0;
  return (runToken, assertion) => {
    digest(runToken);
    check(broker, runToken);
    digest(jwkText);
    digest(jwkText);
    check(run, assertion);
    digest(TEXTS.action);
    createHmac("sha256", mac).update(TEXTS.small).digest("base64url");
    open(outer, sealed);
    digest(TEXTS.small);
    randomUUID();
    randomUUID();
    for (const text of [TEXTS.personal, TEXTS.record, TEXTS.record]) digest(text);
    randomBytes(16);
    digest(randomBytes(32).toString("base64url"));
    digest(TEXTS.small);
    digest(TEXTS.small);
    seal(outer);
    for (const bytes of [TREE.leaf, TREE.leaf, TREE.node, TREE.node]) hash("sha256", bytes, "buffer");
    for (const text of [TEXTS.record, TEXTS.record]) digest(text);
    acts += 1;
    if (acts % ACTS_OF_A_CHECKPOINT === 0) sign(null, TREE.note, notes);
  };
}

const digest = (text: string): string => hash("sha256", text, "base64url");

/** Checks an ES256 signature by the cheapest call. @throws Error when it does not verify */
export function check(key: KeyObject, token: string): void {
  const dot = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(dot + 1), "base64url");
  if (!verify("sha256", Buffer.from(token.slice(0, dot)), key, derOf(signature)))
    throw new Error("a signature does not verify");
}

/** As the broker does (signed-token.ts derOf): a key in an object of options makes the check a third dearer. */
function derOf(signature: Buffer): Buffer {
  const numbers = [...integerOf(signature.subarray(0, 32)), ...integerOf(signature.subarray(32))];
  return Buffer.from([0x30, numbers.length, ...numbers]);
}

function integerOf(bytes: Buffer): number[] {
  let start = 0;
  while (start < bytes.byteLength - 1 && bytes[start] === 0) start += 1;
  const digits = [...((bytes[start] ?? 0) >= 0x80 ? [0] : []), ...bytes.subarray(start)];
  return [0x02, digits.length, ...digits];
}

function seal(outer: KeyObject): { readonly key: Buffer; readonly value: Buffer } {
  const dataKey = randomBytes(32);
  return {
    value: encrypt(createSecretKey(dataKey), Buffer.from("rk_test_bench_0123456789abcdef")),
    key: encrypt(outer, dataKey),
  };
}

function open(outer: KeyObject, sealed: ReturnType<typeof seal>): void {
  decrypt(createSecretKey(decrypt(outer, sealed.key)), sealed.value);
}

function encrypt(key: KeyObject, plain: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(AAD);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: KeyObject, sealed: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12), { authTagLength: 16 })
    .setAAD(AAD)
    .setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
}
