import { type KeyObject, createPrivateKey } from "node:crypto";
import { type AdapterContext, type Connection, Refusal, numericDate, randomToken } from "@watchword/core";
import { SignJWT } from "jose";
import type { ConnectionSettings } from "./connection-settings.ts";

/** One PEM block with a private key and nothing around it; PKCS#1 or PKCS#8. */
const PEM =
  /^-----BEGIN ((?:RSA )?PRIVATE KEY)-----\r?\n(?:[A-Za-z0-9+/=]+\r?\n)+-----END \1-----(?:\r?\n)*$/;
/** Salesforce takes up to about five minutes. */
const LIFE_SECONDS = 120;

/** Whether a secret looks like an app's key. */
export const isPem = (text: string): boolean => PEM.test(text);

/**
 * Signs what asks for a token in a user's name (RFC 7523 section 2.1): RS256, two minutes, made for one call.
 *
 * @throws Refusal `configuration_invalid` when the secret is not an RSA private key
 */
export async function signAssertion(
  { consumerKey, username = "" }: ConnectionSettings,
  { connection, clock }: Pick<AdapterContext, "connection" | "clock">,
): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(consumerKey)
    .setSubject(username)
    .setAudience(loginHost(connection.account))
    .setExpirationTime(numericDate(clock) + LIFE_SECONDS)
    .setJti(randomToken(16))
    .sign(openKey(connection));
}

/** Where users of an org log in, which is whom Salesforce wants an assertion to be for. */
function loginHost(account: string): string {
  return /\.(?:sandbox|scratch)\.my\./.test(account)
    ? "https://test.salesforce.com"
    : "https://login.salesforce.com";
}

function openKey({ secret }: Connection): KeyObject {
  const key = secret.open((text) => {
    try {
      return isPem(text) ? createPrivateKey(text) : undefined;
    } catch {
      // What createPrivateKey says of a key it cannot read stays here.
      return undefined;
    }
  });
  if (key?.asymmetricKeyType === "rsa") return key;
  throw new Refusal("configuration_invalid", {
    detail:
      "salesforce: the secret must be the RSA private key of the app's certificate, as PEM (PKCS#1 or PKCS#8); next: correct the connection",
    failedFact: "credential",
  });
}
