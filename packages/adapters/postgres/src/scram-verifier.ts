import { type BinaryLike, createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** PostgreSQL's own default. The password is 256 random bits, which no number of rounds makes harder to guess. */
const ITERATIONS = 4_096;

/**
 * What a server keeps of a password (RFC 5802 section 3, RFC 7677), in the form in which PostgreSQL takes it in place of one.
 *
 * INVARIANT: the password itself is in no statement, so it is in no log, no `pg_stat_activity` and no backup of the server.
 */
export async function scramVerifier(password: string, salt: Uint8Array = randomBytes(16)): Promise<string> {
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, 32, "sha256");
  const stored = createHash("sha256").update(hmac(salted, "Client Key")).digest("base64");
  const server = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString("base64")}$${stored}:${server}`;
}

function hmac(key: BinaryLike, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
