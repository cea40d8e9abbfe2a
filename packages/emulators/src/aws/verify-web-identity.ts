import { createPublicKey, verify } from "node:crypto";
import { type CompactJws, readCompactJws } from "@watchword/core";
import { AwsProblem, accessDenied } from "./aws-problem.ts";
import type { AwsTwinOptions, RoleSeed } from "./twin-options.ts";

/** What a token says of whom. */
export interface WebIdentity {
  readonly subject: string;
  readonly audience: string;
  readonly issuer: string;
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

const TAGS = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY = "https://aws.amazon.com/source_identity";
const ASSUME = "sts:AssumeRoleWithWebIdentity";

/**
 * Checks a token as AWS does for a role: an issuer that the account has a provider of, for an audience of that provider, signed by a
 * key of the issuer (ES256, RS256), of now; then what the role's trust asks for.
 *
 * @throws AwsProblem `InvalidIdentityToken`, `ExpiredTokenException`, `AccessDenied`
 */
export async function verifyWebIdentity(
  { issuers }: Pick<AwsTwinOptions, "issuers">,
  role: RoleSeed | undefined,
  token: string,
  now: number,
): Promise<WebIdentity> {
  const jws = readToken(token);
  const { iss, sub, aud, exp, nbf } = jws.claims;
  const issuer = issuers.find((candidate) => candidate.issuer === iss);
  if (issuer === undefined || typeof sub !== "string" || typeof aud !== "string")
    throw invalid("No OpenIDConnect provider found");
  const keys = typeof issuer.keys === "function" ? await issuer.keys() : issuer.keys;
  const key = keys.find((candidate) => candidate["kid"] === jws.header.kid);
  if (key === undefined || !isSigned(jws, createPublicKey({ key: { ...key }, format: "jwk" })))
    throw invalid("Couldn't retrieve verification key from your identity provider");
  if (typeof exp !== "number" || exp * 1_000 <= now)
    throw new AwsProblem(400, "ExpiredTokenException", "Token expired");
  if (typeof nbf === "number" && nbf * 1_000 > now + 60_000) throw invalid("Token is not valid yet");
  if (role === undefined) throw accessDenied(ASSUME);
  const { trust } = role;
  if (trust.issuer !== iss) throw accessDenied(ASSUME);
  if (trust.audiences !== undefined && !trust.audiences.includes(aud))
    throw invalid("Incorrect token audience");
  if (trust.subject !== undefined && ![trust.subject].flat().includes(sub)) throw accessDenied(ASSUME);
  const identity = { subject: sub, audience: aud, issuer: issuer.issuer, ...sessionClaims(jws.claims) };
  const needed = [
    ASSUME,
    ...(Object.keys(identity.tags).length > 0 ? ["sts:TagSession"] : []),
    ...(identity.sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
  const denied = needed.find((action) => trust.actions !== undefined && !trust.actions.includes(action));
  if (denied !== undefined) throw accessDenied(denied);
  return identity;
}

function sessionClaims(claims: CompactJws["claims"]): Pick<WebIdentity, "sourceIdentity" | "tags"> {
  const source = claims[SOURCE_IDENTITY];
  const tags = claims[TAGS] as { principal_tags?: Record<string, unknown> } | undefined;
  if (source !== undefined && !(typeof source === "string" && /^[\w+=,.@-]{2,64}$/.test(source)))
    throw invalid("Invalid source identity");
  return {
    sourceIdentity: source,
    tags: Object.fromEntries(
      Object.entries(tags?.principal_tags ?? {}).map(([name, values]) => {
        const [value, ...more] = Array.isArray(values) ? (values as unknown[]) : [];
        if (typeof value !== "string" || more.length > 0 || !/^[\p{L}\p{N}\s_.:/=+@-]{0,256}$/u.test(value))
          throw invalid("Invalid session tag");
        return [name, value];
      }),
    ),
  };
}

function isSigned({ token, header }: CompactJws, key: ReturnType<typeof createPublicKey>): boolean {
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  return (
    header.alg === (key.asymmetricKeyType === "rsa" ? "RS256" : "ES256") &&
    verify("sha256", Buffer.from(token.slice(0, end)), { key, dsaEncoding: "ieee-p1363" }, signature)
  );
}

function readToken(token: string): CompactJws {
  try {
    return readCompactJws(token);
  } catch {
    throw invalid("The ID Token provided is not a valid JWT.");
  }
}

const invalid = (message: string): AwsProblem => new AwsProblem(400, "InvalidIdentityToken", message);
