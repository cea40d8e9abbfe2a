import { type KeyObject, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A certificate that vouches for itself, and its key, in PEM. */
export interface SelfSigned {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Valid from before any test to after it: what it vouches for lives as long as its cells. */
const [FROM, UNTIL] = ["20200101000000Z", "20991231235959Z"];

/**
 * A certificate (RFC 5280, P-256) for hosts and IPv4 addresses, for whoever is handed exactly this one to trust. Its key never
 * leaves the process that made it.
 */
export function selfSigned(names: readonly string[]): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(tagged(0x06, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
  const name = sequence(
    tagged(0x31, sequence(tagged(0x06, [0x55, 0x04, 0x03]), tagged(0x0c, Buffer.from("watchword-cell")))),
  );
  const alternatives = sequence(
    tagged(0x06, [0x55, 0x1d, 0x11]),
    tagged(0x04, sequence(...names.map(hostOf))),
  );
  const body = sequence(
    tagged(0xa0, tagged(0x02, [2])),
    tagged(0x02, [1, ...randomBytes(15)]),
    algorithm,
    name,
    sequence(tagged(0x18, Buffer.from(FROM)), tagged(0x18, Buffer.from(UNTIL))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(alternatives)),
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.of(0), signed(privateKey, body)]));
  return {
    certificate: pem(sequence(body, algorithm, signature)),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function hostOf(name: string): Buffer {
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return address ? tagged(0x87, name.split(".").map(Number)) : tagged(0x82, Buffer.from(name));
}

function signed(key: KeyObject, body: Buffer): Buffer {
  return sign("sha256", body, key);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** One DER value. */
function tagged(tag: number, content: Uint8Array | readonly number[]): Buffer {
  const bytes = Buffer.from(content);
  const { byteLength: length } = bytes;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), bytes]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), bytes]);
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
