import { Refusal, type SealedCredential } from "@watchword/core";

/** Who is calling: the gateway and its mints, or the adapter's own look-ups. */
export const USER_AGENT = "watchword-adapter-github";
export const RESOLVE_USER_AGENT = "watchword-resolve adapter-github";

/** The headers of every call; the version is pinned, so that an answer keeps its form. */
export function githubHeaders(
  more: Readonly<Record<string, string>> = {},
  userAgent: string = USER_AGENT,
): Record<string, string> {
  return {
    accept: "application/vnd.github+json",
    "user-agent": userAgent,
    "x-github-api-version": "2022-11-28",
    ...more,
  };
}

/**
 * The header for a token, if it can stand in one. Without this check `fetch` would throw an error that quotes the token.
 * Nothing is asked of its form or length: GitHub has changed both.
 *
 * @throws Refusal `configuration_invalid`
 */
export function bearer(token: SealedCredential): string {
  return token.open((text) => {
    if (/^[A-Za-z0-9._~+/=-]{1,8192}$/.test(text)) return `Bearer ${text}`;
    throw new Refusal("configuration_invalid", {
      detail: "github: the token holds characters that cannot stand in a header",
      failedFact: "credential",
    });
  });
}
