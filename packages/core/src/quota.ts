import type { ValueMap } from "./value.ts";

/**
 * How much a system lets one account ask of it, as data. In no window of that length does the broker let more leave, over all
 * replicas.
 */
export interface Quota {
  /** Who shares it at the system: everybody who is connected with the account, or one connection alone. */
  readonly per: "account" | "connection";
  /** Units in any window. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** `false`: tools' own requests are not among what is counted, as at a system that mints in another place than it works. */
  readonly toolRequests?: false | undefined;
  /** Units of one request, by whether its method only reads. Default: 1 and 1. */
  readonly cost?: { readonly read: number; readonly write: number } | undefined;
}

/** A wish for units of one counter. */
export interface QuotaDraw {
  /** Digest of what is counted together. */
  readonly key: string;
  /** Who draws, where tenants share the counter and each is to have a share; `""` where it is one tenant's. */
  readonly tenant: string;
  /** Units that would be welcome, and without how many nothing is drawn at all. */
  readonly wanted: number;
  readonly least: number;
  readonly limit: number;
  readonly windowMilliseconds: number;
  /** Milliseconds since the epoch, the broker's clock. */
  readonly now: number;
}

/** What was drawn: units that are worth something until `until`. None: `until` is when asking again can make sense. */
export interface QuotaGrant {
  readonly units: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Where quotas of one connection are counted apart, as an adapter names it from what an action is about. */
export type QuotaPool = (
  resource: Readonly<Record<string, string>>,
  connection: { readonly account: string; readonly settings: ValueMap },
) => string;
