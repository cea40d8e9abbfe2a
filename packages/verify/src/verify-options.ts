import { type Clock, Refusal } from "@watchword/core";
import type { SpentTokens } from "./spent-tokens.ts";

/** Options of `verifyToken`. Two are needed; no other one makes it take more, but for `acceptUnbound`. */
export interface VerifyOptions {
  /** The broker's issuer of access tokens: its own issuer with `/access`. Its metadata name the keys; nothing in a token does. */
  readonly issuer: string;
  /** This service, exactly as the broker's `jwt` adapter names it. Of no other service. */
  readonly audience: string;
  /**
   * The URL under which clients reach this service, with the path that a proxy in front takes off; proofs are made for it, never
   * for a `Host` header. Default: the audience, where that is an origin.
   */
  readonly origin?: string;
  /** Where the keys are, instead of where the issuer's metadata say. */
  readonly jwksUrl?: string;
  /** Takes tokens that are bound to no key: those that a gateway holds and presents. Default: none. */
  readonly acceptUnbound?: boolean;
  /**
   * Makes proofs hold a nonce of this service (RFC 9449 section 9), so that none can be made for later: 32 random characters or
   * more, the same at every replica. Default: none.
   */
  readonly nonceKey?: string;
  /** Remembers what was used. Default: this process alone does. */
  readonly spent?: SpentTokens;
  /**
   * Asks the broker about each token, so that a revoked one is dead before its end: gives this service's workload token. The
   * broker must name the workload under `introspectors`. Left out: a token lives until its end.
   */
  readonly introspectAs?: () => Promise<string>;
  /** Is told why something was refused. For logs; it decides nothing, and no token is in it. */
  readonly onRefusal?: (refusal: Refusal) => void;
  readonly clock?: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * An address that may be trusted with keys.
 *
 * @throws Refusal `configuration_invalid`
 */
export function readUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && url.search === "" && url.hash === "" && url.username === "";
  if (plain && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))))
    return url;
  throw new Refusal("configuration_invalid", {
    detail: `${name} must be an https URL without query, fragment and user, or http on a loopback host`,
  });
}

/** True for hosts that cannot be reached from another machine. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
