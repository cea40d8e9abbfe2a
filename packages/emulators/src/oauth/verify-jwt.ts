import { createPublicKey, verify } from "node:crypto";
import { type CompactJws, readCompactJws } from "@watchword/core";
import type { TwinJwk } from "./twin-options.ts";

/** The JWT if one of these keys signed it; `undefined` for everything else. */
export function verifyJwt(token: string, keys: readonly TwinJwk[]): CompactJws | undefined {
  const jws = gated(token);
  if (jws === undefined) return undefined;
  const [head = "", claims = "", signature = ""] = token.split(".");
  const candidates = keys.filter(
    ({ kid }) => jws.header.kid === undefined || kid === undefined || kid === jws.header.kid,
  );
  const signed = candidates.some((jwk) =>
    verifies(jwk, jws.header.alg, `${head}.${claims}`, Buffer.from(signature, "base64url")),
  );
  return signed ? jws : undefined;
}

function gated(token: string): CompactJws | undefined {
  try {
    return readCompactJws(token, { allowJwk: true });
  } catch {
    return undefined;
  }
}

function verifies(jwk: TwinJwk, alg: string, input: string, signature: Buffer): boolean {
  if (alg !== (jwk.kty === "EC" ? "ES256" : "RS256")) return false;
  try {
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    return verify("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}
