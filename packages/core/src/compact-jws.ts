import { Refusal } from "./refusal.ts";
import { type Json, parseStrictJson } from "./strict-json.ts";

/** A compact JWS that passed the gate. Nothing in it is trusted yet: no signature was checked. */
export interface CompactJws {
  readonly header: {
    readonly alg: string;
    readonly typ?: string;
    readonly kid?: string;
    readonly jwk?: { [name: string]: Json };
  };
  readonly claims: { readonly [name: string]: Json };
  readonly token: string;
}

/** Header members that the gate lets through. `jwk` only where the proof's own key is the point (RFC 9449). */
export interface CompactJwsRules {
  readonly allowJwk?: boolean;
  /** Bytes of the whole token; default 16,384. */
  readonly maxBytes?: number;
}

const MAX_TOKEN_BYTES = 16_384;
const MAX_KEY_ID = 256;
const KNOWN_MEMBERS: ReadonlySet<string> = new Set(["alg", "typ", "kid", "x5t", "x5t#S256"]);

/**
 * The strict gate in front of jose: exactly three canonical base64url parts, strict JSON in header and claims, and no
 * header member that could bring its own key or change the meaning of the signature (`jku`, `x5u`, `x5c`, `crit`,
 * `b64`, `zip`). Everything it refuses, it refuses before any cryptography.
 *
 * @throws Refusal `token_malformed`
 */
export function readCompactJws(token: unknown, rules: CompactJwsRules = {}): CompactJws {
  if (typeof token !== "string" || token.length === 0) throw malformed("absent");
  if (token.length > (rules.maxBytes ?? MAX_TOKEN_BYTES)) throw malformed("too large");
  const [first, second, third, ...more] = token.split(".", 4);
  if (first === undefined || second === undefined || third === undefined || more.length > 0)
    throw malformed("not three parts");
  const [header, claims] = [readPart(first), readPart(second)];
  decodeBase64url(third);
  if (third === "") throw malformed("no signature");
  return { header: readHeader(header, rules), claims, token };
}

/** Decodes canonical, unpadded base64url: one text for one byte string. @throws Refusal `token_malformed` */
export function decodeBase64url(text: string): Buffer {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw malformed("not base64url");
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) throw malformed("base64url is not canonical");
  return bytes;
}

function readPart(part: string): { [name: string]: Json } {
  let value: Json;
  try {
    value = parseStrictJson(decodeBase64url(part));
  } catch (error) {
    if (Refusal.is(error)) throw error;
    throw malformed(error instanceof SyntaxError ? error.message : "not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed("part is not an object");
  return value;
}

function readHeader(header: { [name: string]: Json }, rules: CompactJwsRules): CompactJws["header"] {
  for (const name of Object.keys(header)) {
    // x5t names a certificate and carries none; large issuers send it, and nothing here reads it.
    const known = KNOWN_MEMBERS.has(name) || (name === "jwk" && rules.allowJwk === true);
    if (!known) throw malformed("header member is not allowed");
  }
  const { alg, typ, kid, jwk } = header;
  if (typeof alg !== "string") throw malformed("no alg");
  if (typ !== undefined && typeof typ !== "string") throw malformed("typ is not a string");
  if (kid !== undefined && (typeof kid !== "string" || kid.length > MAX_KEY_ID))
    throw malformed("kid is not a short string");
  if (jwk !== undefined && (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)))
    throw malformed("jwk is not an object");
  return {
    alg,
    ...(typ === undefined ? {} : { typ }),
    ...(kid === undefined ? {} : { kid }),
    ...(jwk === undefined ? {} : { jwk }),
  };
}

function malformed(detail: string): Refusal {
  return new Refusal("token_malformed", { detail, failedFact: "token" });
}
