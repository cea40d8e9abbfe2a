import { Refusal, type SealedCredential } from "@watchword/core";

/** Who is calling: the gateway and its mints, or the adapter's own look-ups. */
export const USER_AGENT = "watchword-adapter-jira";
export const RESOLVE_USER_AGENT = "watchword-resolve adapter-jira";

/**
 * The headers of every call. `X-Atlassian-Token` is left out on purpose: it only lets a browser's forms through, and this is none.
 */
export function jiraHeaders(
  more: Readonly<Record<string, string>> = {},
  userAgent: string = USER_AGENT,
): Record<string, string> {
  return { accept: "application/json", "user-agent": userAgent, ...more };
}

/**
 * The header for a token, if it can stand in one. Without this check `fetch` would throw an error that quotes the token.
 *
 * @throws Refusal `configuration_invalid`
 */
export function bearer(token: SealedCredential): string {
  return token.open((text) => {
    if (/^[A-Za-z0-9._~+/=-]{1,8192}$/.test(text)) return `Bearer ${text}`;
    throw new Refusal("configuration_invalid", {
      detail: "jira: the token holds characters that cannot stand in a header",
      failedFact: "credential",
    });
  });
}
