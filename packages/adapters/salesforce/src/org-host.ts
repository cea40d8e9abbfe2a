import { Refusal } from "@watchword/core";
import type { SalesforceSettings } from "./salesforce-options.ts";

/**
 * The host of an org: its My Domain, with `sandbox`, `develop` and the like behind it where Salesforce puts that. INVARIANT: no
 * account leads to a host that is not an org's.
 */
const MY_DOMAIN =
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z]{2,20})?\.my\.(?:salesforce\.(?:com|mil)|sfcrmproducts\.cn)$/;

/** Whether an account is the host of an org, in its one spelling. */
export function isOrgHost(account: string | undefined): account is string {
  return account !== undefined && MY_DOMAIN.test(account);
}

/** What tools address for an org. @throws Refusal `configuration_invalid` */
export function originOf(account: string | undefined): string {
  if (isOrgHost(account)) return `https://${account}`;
  throw new Refusal("configuration_invalid", {
    detail: "salesforce: the connection's account is not a My Domain host, as acme.my.salesforce.com",
    failedFact: "credential",
  });
}

/** Where requests for an org go: the same, or a twin. @throws Refusal `configuration_invalid` */
export function baseUrlOf(settings: SalesforceSettings, account: string | undefined): string {
  const origin = originOf(account);
  return settings.baseUrl ?? origin;
}
