/** What of Stripe's API is here, by its place under `/v1/`: the kind of its objects, and what lists filter by. */
export const RESOURCES = Object.freeze({
  charges: { kind: "charge", filters: [] },
  refunds: { kind: "refund", filters: ["charge"] },
  customers: { kind: "customer", filters: ["email"] },
  payment_intents: { kind: "payment_intent", filters: ["customer"] },
} as const);

/** A row of a restricted key's permission table, and the place of its objects. */
export type Resource = keyof typeof RESOURCES;

/** The resource at a place. */
export function resourceAt(name: string | undefined): Resource | undefined {
  return name !== undefined && Object.hasOwn(RESOURCES, name) ? (name as Resource) : undefined;
}
