import type { Catalogue } from "@watchword/core";
import { stripeCatalogue } from "./catalogue.ts";
import type { StripeSettings } from "./stripe-options.ts";

/**
 * The operations that this tenancy can keep apart. A list of a shared account shows every tenant's objects, and what is
 * looked up for no object is the whole account's, so both exist only where each tenant has an account.
 */
export function tenancyCatalogue(settings: StripeSettings): Catalogue {
  if (settings.tenancy === "connected-account") return stripeCatalogue;
  const single = Object.entries(stripeCatalogue.operations).filter(
    ([, entry]) => entry.references.length > 0 && !entry.name.endsWith(".list"),
  );
  return Object.freeze({
    adapter: stripeCatalogue.adapter,
    operations: Object.freeze(Object.fromEntries(single)),
  });
}
