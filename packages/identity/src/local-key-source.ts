import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Clock,
  type PublicJwk,
  Refusal,
  type Signer,
  TOKEN_TYPES,
  numericDate,
  parseStrictJson,
  publicJwkOf,
  randomToken,
  signToken,
  signerOf,
  systemClock,
} from "@watchword/core";

/** `iss` of workload tokens that a key on the developer's disk signed. */
export const LOCAL_KEY_ISSUER = "urn:watchword:local-key";

const TOKEN_SECONDS = 300;

/** Makes short workload tokens from a local key; for development. */
export interface LocalKeySource {
  readonly publicJwk: PublicJwk;
  /** A fresh token, five minutes long. */
  token(): Promise<string>;
}

/**
 * A key in a directory (made on first use, mode 0600) that vouches for one workload. Production refuses it.
 *
 * @throws Refusal `configuration_invalid` when the file there is not a key, or others than its owner may read it
 */
export async function localKeySource(options: {
  readonly directory: string;
  readonly subject: string;
  readonly audience: string;
  readonly clock?: Clock;
}): Promise<LocalKeySource> {
  const signer = await loadLocalKey(options.directory);
  const clock = options.clock ?? systemClock;
  return Object.freeze({
    publicJwk: signer.publicJwk,
    token: () => {
      const now = numericDate(clock);
      const claims = {
        iss: LOCAL_KEY_ISSUER,
        sub: options.subject,
        aud: options.audience,
        iat: now,
        exp: now + TOKEN_SECONDS,
        jti: randomToken(16),
      };
      return signToken(signer, TOKEN_TYPES.workload, claims);
    },
  });
}

/** The key of a directory, made if it is not there. Two processes that start at once end with the same key. */
export async function loadLocalKey(directory: string): Promise<Signer> {
  const path = join(directory, "workload.jwk");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const text = (await read(path)) ?? (await create(path));
  try {
    const { d, kid = "", ...publicPart } = parseStrictJson(text) as Readonly<Record<string, string>>;
    if (typeof kid !== "string") throw new TypeError("kid is not a string");
    const privateKey = await crypto.subtle.importKey(
      "jwk",
      { ...publicPart, d: d ?? "" },
      { name: "ECDSA", namedCurve: "P-256" },
      false,
      ["sign"],
    );
    return signerOf(kid, privateKey, publicJwkOf(publicPart));
  } catch {
    // The cause may quote the key file, so it is left behind.
    throw new Refusal("configuration_invalid", {
      detail: `${path} is not an EC P-256 private key (JWK); remove it to have a new one made`,
    });
  }
}

async function create(path: string): Promise<string> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, JSON.stringify({ kty, crv, x, y, d, kid: randomUUID() }), {
    mode: 0o600,
    flag: "wx",
  });
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
        detail: `${path} can be read by others; remove it to have a new one made`,
      });
    }
    return await file.readFile("utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    // Of the error below its code alone is told: its text may quote what was read.
    throw Refusal.from(error, "configuration_invalid", {
      detail: `${path} cannot be read (${code ?? "no code"})`,
    });
  }
}
