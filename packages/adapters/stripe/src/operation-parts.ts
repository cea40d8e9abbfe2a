import { z } from "zod";
import { type ObjectName, stripeId, wordsOf } from "./stripe-id.ts";

/** Where every object of the catalogue is. */
export const inAccount = Object.freeze({ account: "Stripe account that owns the object: acct_…" });

/** Up to 20 notes on an object; the keys of the gateway's own are refused. */
export const Metadata = z
  .record(
    z.string().regex(/^(?!watchword)[A-Za-z0-9_.-]{1,40}$/i, {
      error: "must be 1–40 of A-Z a-z 0-9 . _ - and must not begin with watchword",
    }),
    z.string().min(1).max(500),
  )
  .refine((entries) => Object.keys(entries).length >= 1 && Object.keys(entries).length <= 20, {
    error: "must hold 1–20 keys",
  });

/** What every list takes. */
export function pageOf(name: ObjectName) {
  const words = wordsOf(name);
  return {
    limit: z.int().min(1).max(100).optional().describe("Objects per page, 1–100; Stripe's default is 10."),
    starting_after: stripeId(name).optional().describe(`Last ${words} of the page before.`),
    ending_before: stripeId(name).optional().describe(`First ${words} of the page after.`),
  };
}

/** Whether an update says anything besides which object it is about. */
export function changesMoreThan(name: ObjectName) {
  return (values: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(values).some(([member, value]) => member !== name && value !== undefined);
}
