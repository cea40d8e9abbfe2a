import { type Json, SealedCredential } from "@watchword/core";
import { consentRefused as refused } from "./consent-state.ts";

/** What a consent gave. The refresh token is what is kept. */
export interface ConsentTokens {
  readonly accessToken: SealedCredential;
  readonly refreshToken: SealedCredential;
}

/**
 * Reads a token endpoint's answer (RFC 6749 section 5.1): exactly the scopes that were asked for, where the answer names them. A
 * wider consent would be a wider secret, a narrower one would fail later.
 *
 * @throws Refusal `consent_refused`
 */
export function readConsentTokens(
  answer: Readonly<Record<string, Json>>,
  scopes: readonly string[],
): ConsentTokens {
  const text = (name: string): string | undefined => {
    const value = Object.hasOwn(answer, name) ? answer[name] : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  if (text("token_type")?.toLowerCase() !== "bearer")
    throw refused("the answer's token is of an unknown type");
  const given = Object.hasOwn(answer, "scope") ? answer["scope"] : scopes.join(" ");
  if (typeof given !== "string" || !sameScopes(given.split(" "), scopes))
    throw refused("the scopes that were given are not those that were asked for");
  const [access, refresh] = [text("access_token"), text("refresh_token")];
  if (access === undefined || refresh === undefined) throw refused("the answer has no refresh token");
  return { accessToken: new SealedCredential(access), refreshToken: new SealedCredential(refresh) };
}

function sameScopes(given: readonly string[], asked: readonly string[]): boolean {
  const [all, wanted] = [new Set(given), new Set(asked)];
  return all.size === wanted.size && [...wanted].every((scope) => all.has(scope));
}
