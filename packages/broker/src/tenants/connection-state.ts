import type { ConnectionRecord, ValueMap } from "@watchword/core";

/** A tenant's connection as operators see it: everything but the secret. */
export interface ConnectionState {
  readonly tenant: string;
  readonly system: string;
  readonly account: string;
  readonly settings: ValueMap;
  /** Keyed hash of the secret: tells two apart, and nobody without the broker's keys can try secrets against it. */
  readonly fingerprint: string;
  /** 1 for the first, one more with every change. */
  readonly revision: number;
  /**
   * The secret before this one, until it is erased; `null` from then on. While it is there, something that was minted with it may
   * still have to be ended: do not delete it at the system yet.
   */
  readonly earlier: { readonly fingerprint: string; readonly until: number } | null;
}

/** What of a stored connection may be shown. */
export function stateOf({
  tenant,
  system,
  account,
  settings,
  fingerprint,
  revision,
  earlier,
}: ConnectionRecord): ConnectionState {
  return {
    tenant,
    system,
    account,
    settings,
    fingerprint,
    revision,
    earlier: earlier === null ? null : { fingerprint: earlier.fingerprint, until: earlier.until },
  };
}
