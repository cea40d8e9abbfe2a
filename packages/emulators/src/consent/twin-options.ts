import type { Clock } from "@watchword/core";

/** A registered client. */
export interface ConsentClient {
  /** Left out: a public client, which has PKCE alone. */
  readonly secret?: string;
  /** Compared byte for byte (RFC 9700 section 4.1.3). */
  readonly redirectUris: readonly string[];
  /** The most that it may ask for. */
  readonly scopes: readonly string[];
}

/** Options of {@link consentTwin}. */
export interface ConsentTwinOptions {
  readonly clients: Readonly<Record<string, ConsentClient>>;
  /** Accounts that people can consent for. */
  readonly accounts: readonly string[];
  /**
   * Each use of a refresh token gives another one (RFC 6749 section 6). The one that was used is good for so many seconds more;
   * used later, it takes back all that was consented to. Left out: a refresh token stays.
   */
  readonly rotates?: { readonly leewaySeconds: number };
  /** Seconds that an access token lives; default 300. */
  readonly accessSeconds?: number;
  readonly clock?: Clock;
}
