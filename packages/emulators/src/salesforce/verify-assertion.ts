import { type JsonWebKey, type KeyObject, createPublicKey, verify } from "node:crypto";
import { Refusal, readCompactJws } from "@watchword/core";
import { SalesforceProblem } from "./salesforce-problem.ts";
import type { AppSeed, HandlerSeed } from "./twin-options.ts";

type Claims = Readonly<Record<string, unknown>>;

const LOGINS: ReadonlySet<unknown> = new Set(["https://login.salesforce.com", "https://test.salesforce.com"]);
const MAX_LIFE_SECONDS = 300;

/** What an assertion or a foreign token says, before anything is believed. @throws SalesforceProblem 400 */
export function readClaims(token: string): Claims {
  return read(token).claims;
}

/**
 * Whom an assertion of the JWT bearer flow names: signed with the app's key, for the login host, over within five minutes.
 *
 * @throws SalesforceProblem 400
 */
export function verifyAssertion(app: AppSeed, assertion: string, now: number): string {
  const { header, claims } = read(assertion);
  if (app.publicKey === undefined || header.alg !== "RS256")
    throw SalesforceProblem.oauth("invalid_grant", "invalid assertion");
  if (!isSigned(assertion, createPublicKey(app.publicKey), "RS256"))
    throw SalesforceProblem.oauth("invalid_grant", "invalid assertion");
  const { aud, exp, sub } = claims;
  if (!LOGINS.has(aud)) throw SalesforceProblem.oauth("invalid_grant", "audience is invalid");
  if (typeof exp !== "number" || exp <= now || exp > now + MAX_LIFE_SECONDS)
    throw SalesforceProblem.oauth("invalid_grant", "expired authorization code");
  if (typeof sub !== "string") throw SalesforceProblem.oauth("invalid_grant", "user identifier is invalid");
  return sub;
}

/**
 * Whom the org's handler takes a foreign token for, as the adapter's README writes such a handler: by issuer, key, audience, time,
 * subject and agent.
 *
 * @throws SalesforceProblem 400
 */
export function verifySubject(handler: HandlerSeed, host: string, token: string, now: number): string {
  const { header, claims } = read(token);
  const key = handler.keys.find((candidate) => candidate["kid"] === header.kid);
  const { iss, aud, exp, sub, agent } = claims;
  const genuine =
    key !== undefined &&
    iss === handler.issuer &&
    aud === `https://${host}` &&
    typeof exp === "number" &&
    exp > now &&
    sub === handler.subject &&
    isSigned(token, keyOf(key), header.alg);
  const [name = ""] = typeof agent === "string" ? agent.split("@") : [""];
  const username = Object.hasOwn(handler.users, name) ? handler.users[name] : undefined;
  if (genuine && username !== undefined) return username;
  throw SalesforceProblem.oauth("invalid_grant", "the handler did not validate the token");
}

const keyOf = (key: JsonWebKey): KeyObject => createPublicKey({ key, format: "jwk" });

function read(token: string): ReturnType<typeof readCompactJws> {
  try {
    return readCompactJws(token);
  } catch (error) {
    if (Refusal.is(error)) throw SalesforceProblem.oauth("invalid_grant", "invalid assertion");
    throw error;
  }
}

function isSigned(token: string, key: KeyObject, alg: string): boolean {
  const [head = "", claims = "", signature = ""] = token.split(".");
  if (alg !== "RS256" && alg !== "ES256") return false;
  return verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    alg === "RS256" ? key : { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
}
