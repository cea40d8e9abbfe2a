import { stripe } from "@watchword/adapter-stripe";
import { stripeSystem } from "@watchword/emulators/stripe";
import type { SystemUnderTest } from "../src/index.ts";

const charge = { amount: 1_000_000, currency: "usd", refunds_require_action: true };

/** A payment system with enough of everything that the policies of these tests speak of. */
export const payments: SystemUnderTest = stripeSystem(stripe, {
  charges: Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`ch_more${index}`, charge])),
});
