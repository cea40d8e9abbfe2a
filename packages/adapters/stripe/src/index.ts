export { stripeCatalogue } from "./catalogue.ts";
export { stripe } from "./stripe.ts";
export type { StripeOptions } from "./stripe-options.ts";
