import { z } from "zod";

const PREFIXES = {
  charge: ["ch", "py"],
  refund: ["re", "pyr"],
  customer: ["cus"],
  payment_intent: ["pi"],
  subscription: ["sub"],
  invoice: ["in"],
  dispute: ["dp", "du"],
  credit_note: ["cn"],
  invoiceitem: ["ii"],
  payout: ["po"],
} as const;

/** Kinds of objects that operations name, by Stripe's own names for them. */
export type ObjectName = keyof typeof PREFIXES;

/** The id of one kind of object. It becomes part of a path, so nothing else may stand in it. */
export function stripeId(name: ObjectName) {
  const shown = PREFIXES[name].map((prefix) => `${prefix}_…`).join(" or ");
  const words = wordsOf(name);
  return z
    .string()
    .regex(new RegExp(`^(?:${PREFIXES[name].join("|")})_[A-Za-z0-9_]{1,120}$`), {
      error: `must be a ${words} id (${shown})`,
    })
    .describe(`Id of the ${words}, as Stripe gave it: ${shown}.`);
}

/** A kind of objects, for people. */
export function wordsOf(name: ObjectName): string {
  return name === "invoiceitem" ? "invoice item" : name.replaceAll("_", " ");
}

/** Whether an argument names an object of a known kind. */
export function isObjectName(name: string): name is ObjectName {
  return Object.hasOwn(PREFIXES, name);
}
