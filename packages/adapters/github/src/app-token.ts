import { type KeyObject, createPrivateKey } from "node:crypto";
import { type Clock, type Connection, Refusal, numericDate } from "@watchword/core";
import { SignJWT } from "jose";
import type { GithubSettings } from "./github-options.ts";

/** One PEM block with a private key and nothing around it; PKCS#1 or PKCS#8. */
const PEM =
  /^-----BEGIN ((?:RSA )?PRIVATE KEY)-----\r?\n(?:[A-Za-z0-9+/=]+\r?\n)+-----END \1-----(?:\r?\n)*$/;
const BACKDATED_SECONDS = 60;
const LIFE_SECONDS = 540;

/** Whether a secret looks like an App's key. */
export const isPem = (text: string): boolean => PEM.test(text);

/**
 * Signs the token by which the App names itself: RS256, backdated by a minute against clocks that differ, nine minutes
 * long, made for one call.
 *
 * @throws Refusal `configuration_invalid` when the secret is not an RSA private key
 */
export async function signAppToken(
  settings: GithubSettings,
  connection: Connection,
  clock: Clock,
): Promise<string> {
  const now = numericDate(clock);
  return new SignJWT({})
    .setProtectedHeader({ alg: "RS256", typ: "JWT" })
    .setIssuer(settings.appId)
    .setIssuedAt(now - BACKDATED_SECONDS)
    .setExpirationTime(now + LIFE_SECONDS)
    .sign(openKey(connection));
}

function openKey(connection: Connection): KeyObject {
  const key = connection.secret.open((text) => {
    try {
      return isPem(text) ? createPrivateKey(text) : undefined;
    } catch {
      // What createPrivateKey says of a key it cannot read stays here.
      return undefined;
    }
  });
  if (key?.asymmetricKeyType === "rsa") return key;
  throw invalid("the secret must be the App's RSA private key as PEM (PKCS#1 or PKCS#8)");
}

function invalid(what: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `github: ${what}; next: correct the connection`,
    failedFact: "credential",
  });
}
