import { type webcrypto, createHash, createPrivateKey, randomUUID, sign } from "node:crypto";
import { type Clock, type OutboundRequest, SealedCredential, numericDate } from "@watchword/core";

/** A token that only who has the key may use (RFC 9449). */
export interface BoundToken {
  readonly token: string;
  /** ES256, as private JWK. */
  readonly key: webcrypto.JsonWebKey;
}

/** A token with its key as one secret. The form is a user's with a password, so that the token alone counts as the secret, too. */
export function sealBound({ token, key }: BoundToken): SealedCredential {
  return new SealedCredential(`${Buffer.from(JSON.stringify(key)).toString("base64url")}:${token}`);
}

/** Hands token and key to `use`. @throws TypeError for a credential that was not made by {@link sealBound} */
function openBound<Result>(credential: SealedCredential, use: (bound: BoundToken) => Result): Result {
  return credential.open((text) => {
    const at = text.indexOf(":");
    if (at < 1) throw new TypeError("oauth: not a bound token");
    const key = JSON.parse(Buffer.from(text.slice(0, at), "base64url").toString()) as webcrypto.JsonWebKey;
    return use({ token: text.slice(at + 1), key });
  });
}

/** The token that a credential is or holds. */
export function tokenIn(credential: SealedCredential, bound: boolean): string {
  return bound ? openBound(credential, ({ token }) => token) : credential.open((text) => text);
}

/** Puts a bound token on a request, with a proof for exactly this method and URL (RFC 9449 section 7.1). */
export function proveRequest(
  request: OutboundRequest,
  credential: SealedCredential,
  clock: Clock,
): OutboundRequest {
  return openBound(credential, ({ token, key }) => {
    const { kty, crv, x, y } = key;
    const url = new URL(request.url);
    const proof = signProof(key, {
      header: { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } },
      claims: {
        jti: randomUUID(),
        htm: request.method,
        // RFC 9449 section 4.2: without query and fragment.
        htu: `${url.origin}${url.pathname}`,
        iat: numericDate(clock),
        ath: createHash("sha256").update(token).digest("base64url"),
      },
    });
    return {
      ...request,
      headers: { ...request.headers, authorization: `DPoP ${token}`, dpop: proof },
    };
  });
}

function signProof(
  key: webcrypto.JsonWebKey,
  { header, claims }: { header: object; claims: object },
): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(input), {
    key: createPrivateKey({ key: { ...key }, format: "jwk" }),
    dsaEncoding: "ieee-p1363",
  });
  return `${input}.${signature.toString("base64url")}`;
}
