import { Refusal, type SealedCredential } from "@watchword/core";

/** The headers of every call. */
export function salesforceHeaders(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { accept: "application/json", "user-agent": "watchword-adapter-salesforce", ...more };
}

/**
 * The header for a token, if it can stand in one. Without this check `fetch` would throw an error that quotes the token.
 *
 * @throws Refusal `configuration_invalid`
 */
export function bearer(token: SealedCredential): string {
  return token.open((text) => {
    if (/^[A-Za-z0-9._~+/=!-]{1,16384}$/.test(text)) return `Bearer ${text}`;
    throw new Refusal("configuration_invalid", {
      detail: "salesforce: the token holds characters that cannot stand in a header",
      failedFact: "credential",
    });
  });
}
