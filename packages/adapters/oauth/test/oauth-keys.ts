import { type KeyObject, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { type Clock, SealedCredential, numericDate, randomToken } from "@watchword/core";
import type { TwinJwk } from "@watchword/emulators/oauth";

export const FEDERATION = "https://broker.example/federation";

function pair(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const open = { ...publicKey.export({ format: "jwk" }), kid } as TwinJwk;
  return { open, secret: JSON.stringify({ ...privateKey.export({ format: "jwk" }), kid, alg: "ES256" }) };
}

/** Keys of the server's clients, of one that it does not know, and of the broker's federation issuer. */
export const KEYS = {
  acme: pair("acme"),
  globex: pair("globex"),
  weak: pair("weak"),
  stranger: pair("acme"),
  federation: pair("federation"),
} as const;

/** A token of the broker's federation issuer, as the broker would sign it. */
export async function federated(audience: string, clock: Clock): Promise<SealedCredential> {
  const iat = numericDate(clock);
  const key: KeyObject = createPrivateKey({
    key: JSON.parse(KEYS.federation.secret) as never,
    format: "jwk",
  });
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const input = `${encode({ alg: "ES256", typ: "JWT", kid: "federation" })}.${encode({
    iss: FEDERATION,
    sub: "urn:watchword:tenant:acme",
    aud: audience,
    iat,
    exp: iat + 60,
    jti: randomToken(16),
  })}`;
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return new SealedCredential(`${input}.${signature.toString("base64url")}`);
}
