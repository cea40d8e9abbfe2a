import { stripe } from "@watchword/adapter-stripe";
import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { system } from "@watchword/core";

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { payments: stripe() };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const payments = system("payments", stripeCatalogue);
