import type { Clock } from "@watchword/core";
import type { TwinJwk } from "../oauth/twin-options.ts";

/** A bucket. */
export interface BucketSeed {
  readonly objects: Readonly<Record<string, string>>;
  /** Service accounts that may do everything in it. */
  readonly admins: readonly string[];
  /** Without it, Cloud Storage heeds no access boundary. Default true. */
  readonly uniformAccess?: boolean;
}

/** A workload identity provider, by its full resource name. */
export interface ProviderSeed {
  readonly issuer: string;
  readonly keys: readonly TwinJwk[];
  /** Default: `https://iam.googleapis.com/` and the provider's name. */
  readonly audiences?: readonly string[];
}

/** Options of {@link googleTwin}. */
export interface GoogleTwinOptions {
  readonly providers: Readonly<Record<string, ProviderSeed>>;
  /** By address: the subjects of federation tokens that have roles/iam.workloadIdentityUser on it. */
  readonly serviceAccounts: Readonly<Record<string, readonly string[]>>;
  readonly buckets: Readonly<Record<string, BucketSeed>>;
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}

/** Ways in which Google gives something else than it was asked for. */
export type GoogleMischief = "long-life" | "not-cut-down" | "other-type" | "refresh-token";
