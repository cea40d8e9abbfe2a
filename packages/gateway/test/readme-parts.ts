import { LeaseDesk } from "./lease-desk.ts";
import { paymentsAdapter } from "./payments-adapter.ts";

/** What the README's example takes from broker and adapter. */
export const leases = new LeaseDesk();
export const stripe = paymentsAdapter("https://api.payments.example");
