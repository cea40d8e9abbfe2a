import {
  type KeyObject,
  constants,
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import type { Clock } from "@watchword/core";

/** An answer that is not a success, with the engine's own text. */
export class TransitProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Version {
  readonly made: string;
  readonly secret: Buffer;
  readonly pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;
}

/** A key with its versions, oldest first. */
export interface TransitKey {
  readonly type: string;
  readonly versions: readonly Version[];
  rotate(): void;
}

export function makeKey(type: string, clock: Clock): TransitKey {
  const versions: Version[] = [];
  const rotate = (): void => {
    versions.push({
      made: new Date(clock.now()).toISOString(),
      secret: randomBytes(32),
      pair: pairOf(type),
    });
  };
  rotate();
  return { type, versions, rotate };
}

function pairOf(type: string): Version["pair"] {
  if (type === "ecdsa-p256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (type === "rsa-2048") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  return type === "ed25519" ? generateKeyPairSync("ed25519") : undefined;
}

interface Use {
  readonly method: string;
  readonly verb: string;
  readonly hash: string | undefined;
  readonly body: Record<string, unknown>;
}

/** What the engine does with a key. @throws TransitProblem */
export function useKey(key: TransitKey, { method, verb, hash, body }: Use): object {
  if (method === "GET" && verb === "keys") return describe(key);
  if (method !== "POST") throw new TransitProblem(405, "unsupported operation");
  if (verb === "encrypt") return { ciphertext: encrypt(key, body), key_version: key.versions.length };
  if (verb === "decrypt") return { plaintext: decrypt(key, body) };
  if (verb === "sign") return { signature: signWith(key, hash, body) };
  throw new TransitProblem(404, "unsupported path");
}

function describe(key: TransitKey): object {
  const keys = Object.fromEntries(
    key.versions.map(({ made, pair }, index) => [
      String(index + 1),
      pair === undefined
        ? Math.floor(Date.parse(made) / 1_000)
        : {
            public_key: pair.publicKey.export({ type: "spki", format: "pem" }),
            name: key.type === "rsa-2048" ? "rsa-2048" : "P-256",
            creation_time: made,
          },
    ]),
  );
  return { type: key.type, latest_version: key.versions.length, keys };
}

function encrypt(key: TransitKey, body: Record<string, unknown>): string {
  const version = key.versions.at(-1);
  if (key.type !== "aes256-gcm96" || version === undefined)
    throw new TransitProblem(400, `key type ${key.type} does not support encryption`);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", version.secret, nonce).setAAD(
    bytesOf(body, "associated_data"),
  );
  const sealed = Buffer.concat([
    nonce,
    cipher.update(bytesOf(body, "plaintext")),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return `vault:v${key.versions.length}:${sealed.toString("base64")}`;
}

function decrypt(key: TransitKey, body: Record<string, unknown>): string {
  const [, number = "", text = ""] = /^vault:v(\d+):(.+)$/.exec(textOf(body, "ciphertext")) ?? [];
  const version = key.versions[Number(number) - 1];
  const sealed = Buffer.from(text, "base64");
  if (version === undefined || sealed.length < 28)
    throw new TransitProblem(400, "invalid ciphertext: no prefix");
  try {
    const decipher = createDecipheriv("aes-256-gcm", version.secret, sealed.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAAD(bytesOf(body, "associated_data")).setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString("base64");
  } catch {
    throw new TransitProblem(400, "cipher: message authentication failed");
  }
}

function signWith(key: TransitKey, hash: string | undefined, body: Record<string, unknown>): string {
  const number = Number(textOf(body, "key_version") || key.versions.length);
  const pair = key.versions[number - 1]?.pair;
  if (pair === undefined || (key.type !== "ecdsa-p256" && key.type !== "rsa-2048") || hash !== "sha2-256")
    throw new TransitProblem(400, `key type ${key.type} does not support signing with ${hash ?? "no hash"}`);
  const jws = textOf(body, "marshaling_algorithm") === "jws";
  const signature = sign("sha256", bytesOf(body, "input"), {
    key: pair.privateKey,
    dsaEncoding: jws ? "ieee-p1363" : "der",
    ...(key.type === "rsa-2048" ? { padding: paddingOf(textOf(body, "signature_algorithm")) } : {}),
  });
  return `vault:v${number}:${signature.toString(jws ? "base64url" : "base64")}`;
}

/** As the engine has it: PSS, unless PKCS #1 v1.5 is asked for. */
function paddingOf(algorithm: string): number {
  return algorithm === "pkcs1v15" ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_PSS_PADDING;
}

function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  return typeof value === "string" ? value : "";
}

function bytesOf(body: Record<string, unknown>, name: string): Buffer {
  return Buffer.from(textOf(body, name), "base64");
}
