import { Currency } from "@watchword/core";
import { z } from "zod";

const Description = z.string().min(1).max(500);
const described = { description: Description.optional() };

/** The first three characters of an object's record ids: `500` for cases. */
export const KeyPrefix = z.string().regex(/^[A-Za-z0-9]{3}$/, { error: "must be three letters or digits" });

const Text = z.strictObject({
  type: z.literal("string"),
  /** What a picklist offers. */
  enum: z.array(z.string().min(1).max(255)).min(1).readonly().optional(),
  /** Default 255. */
  maxLength: z.int().min(1).max(32_000).optional(),
  ...described,
});

const Integer = z.strictObject({
  type: z.literal("integer"),
  minimum: z.int().optional(),
  maximum: z.int().optional(),
  ...described,
});

const Flag = z.strictObject({ type: z.literal("boolean"), ...described });

/** Id of another record. `keyPrefix`: of that object alone. */
const Reference = z.strictObject({
  type: z.literal("reference"),
  keyPrefix: KeyPrefix.optional(),
  ...described,
});

/** `2026-01-31`, and `2026-01-31T09:00:00Z`: in UTC, to the second. */
const Day = z.strictObject({ type: z.literal("date"), ...described });
const Moment = z.strictObject({ type: z.literal("datetime"), ...described });

/** An amount in the org's one currency. In an org with several, a record's own counts, and no amount is declared. */
const Amount = z.strictObject({ type: z.literal("money"), currency: Currency, ...described });

/** What a field of an object may hold. Other fractions, and what is empty, have no place in an action yet. */
export const FieldDeclaration = z.discriminatedUnion("type", [
  Text,
  Integer,
  Flag,
  Reference,
  Day,
  Moment,
  Amount,
]);
export type FieldDeclaration = z.output<typeof FieldDeclaration>;
