import { Currency } from "@watchword/core";
import { z } from "zod";
import { argumentPattern } from "./argument-pattern.ts";

const Description = z.string().min(1).max(500);

/** Text that says what it matches from its first to its last character. */
const Pattern = z
  .string()
  .max(500)
  .refine((text) => text.startsWith("^") && text.endsWith("$"), { error: "must begin with ^ and end with $" })
  .refine(isPattern, { error: "must be a regular expression" });

const Text = z.strictObject({
  type: z.literal("string"),
  pattern: Pattern.optional(),
  enum: z.array(z.string().max(512)).min(1).readonly().optional(),
  minLength: z.int().min(0).optional(),
  /** Default 512. */
  maxLength: z.int().min(1).max(16_384).optional(),
  description: Description.optional(),
  optional: z.literal(true).optional(),
});

const Integer = z.strictObject({
  type: z.literal("integer"),
  minimum: z.int().optional(),
  maximum: z.int().optional(),
  description: Description.optional(),
  optional: z.literal(true).optional(),
});

const Flag = z.strictObject({
  type: z.literal("boolean"),
  description: Description.optional(),
  optional: z.literal(true).optional(),
});

/** Name of a fact of a look-up: `order.currency`. */
const FactName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,63}\.[a-z][A-Za-z0-9_]{0,63}$/, { error: "must be look-up.fact" });

/**
 * An amount. `units` says how the system counts: `minor` (4200, in the smallest unit of ISO 4217) or `decimal` ("42.00").
 * Where the request does not say the currency it is the only one of `currencies`, or the fact that is named.
 */
const Amount = z.strictObject({
  type: z.literal("money"),
  units: z.enum(["minor", "decimal"]),
  currencies: z.array(Currency).min(1).readonly(),
  currency: z.strictObject({ fact: FactName }).optional(),
  /** How the system writes its codes; default `upper`. */
  codes: z.enum(["upper", "lower"]).optional(),
  description: Description.optional(),
  optional: z.literal(true).optional(),
});

const Scalar = z.discriminatedUnion("type", [Text, Integer, Flag]);

const Plain = z.strictObject({
  type: z.literal("object"),
  properties: z.record(z.string(), Scalar),
  description: Description.optional(),
  optional: z.literal(true).optional(),
});

const List = z.strictObject({
  type: z.literal("array"),
  items: z.discriminatedUnion("type", [Text, Integer, Flag, Plain]),
  minItems: z.int().min(0).optional(),
  /** Default 100. */
  maxItems: z.int().min(1).max(1_000).optional(),
  description: Description.optional(),
  optional: z.literal(true).optional(),
});

/** A closed part of JSON Schema with `money`: what an argument, or a member of one, may be. */
export const ArgumentDeclaration = z.discriminatedUnion("type", [Text, Integer, Flag, Amount, Plain, List]);
export type ArgumentDeclaration = z.output<typeof ArgumentDeclaration>;
export type AmountDeclaration = z.output<typeof Amount>;

function isPattern(text: string): boolean {
  try {
    return argumentPattern(text).source !== "";
  } catch {
    return false;
  }
}
