import { Refusal } from "@watchword/core";
import type { HttpSettings } from "./http-declaration.ts";

/** INVARIANT: an account is one label of a host and no more, so that none leads out of the declared domain. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether an account can be a part of a host. */
export function isHostLabel(account: string | undefined): account is string {
  return account !== undefined && LABEL.test(account);
}

/**
 * What tools address for an account: the declared origin, with the account as its first label where each has a host of its
 * own.
 *
 * @throws Refusal `configuration_invalid` when the account cannot be a part of a host
 */
export function originOf({ origin, tenancy }: HttpSettings, account: string | undefined): string {
  if (tenancy !== "subdomain") return origin;
  if (!isHostLabel(account))
    throw new Refusal("configuration_invalid", {
      detail: "http: the connection's account cannot be a part of a host",
      failedFact: "credential",
    });
  return origin.replace("{account}", account);
}

/** Where requests for an account go: the same, or a twin. @throws Refusal `configuration_invalid` */
export function baseUrlOf(settings: HttpSettings, account: string | undefined): string {
  const origin = originOf(settings, account);
  return settings.baseUrl ?? origin;
}
