import { stripe } from "@watchword/adapter-stripe";
import type { SystemUnderTest } from "@watchword/boundary";
import { stripeSystem } from "@watchword/emulators/stripe";

/** Our payment system as the tests have it: the adapter over a local twin, in which acme and globex have customers who paid. */
export const payments: SystemUnderTest = stripeSystem(stripe);
