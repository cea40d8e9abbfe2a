/** What of Stripe's API is here, by its place under `/v1/`: the kind of its objects, and what lists filter by. */
export const RESOURCES = Object.freeze({
  charges: { kind: "charge", filters: [] },
  refunds: { kind: "refund", filters: ["charge"] },
  customers: { kind: "customer", filters: ["email"] },
  payment_intents: { kind: "payment_intent", filters: ["customer"] },
  subscriptions: { kind: "subscription", filters: ["customer"] },
  invoices: { kind: "invoice", filters: ["customer", "status"] },
  disputes: { kind: "dispute", filters: ["charge"] },
  credit_notes: { kind: "credit_note", filters: ["customer", "invoice"] },
  invoiceitems: { kind: "invoiceitem", filters: ["customer", "invoice"] },
  payouts: { kind: "payout", filters: [] },
} as const);

/** A kind of objects by its place, which is a row of a restricted key's permission table. */
export type Resource = keyof typeof RESOURCES;

/** The resource at a place. */
export function resourceAt(name: string | undefined): Resource | undefined {
  return name !== undefined && Object.hasOwn(RESOURCES, name) ? (name as Resource) : undefined;
}
