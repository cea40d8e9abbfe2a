import { Refusal, type SealedCredential } from "@watchword/core";

/** Who is calling: the gateway and its mints, or the adapter's own look-ups and checks. */
export const USER_AGENT = "watchword-adapter-kubernetes";
export const RESOLVE_USER_AGENT = "watchword-resolve adapter-kubernetes";

/**
 * The header for a token, if it can stand in one. Without this check `fetch` would throw an error that quotes the token.
 *
 * @throws Refusal `configuration_invalid`
 */
export function bearer(token: SealedCredential): string {
  return token.open((text) => {
    if (/^[A-Za-z0-9._~+/=-]{1,16384}$/.test(text)) return `Bearer ${text}`;
    throw new Refusal("configuration_invalid", {
      detail: "kubernetes: the token holds characters that cannot stand in a header",
      failedFact: "credential",
    });
  });
}
