import { Currency } from "@watchword/core";
import { z } from "zod";
import type { AmountDeclaration, ArgumentDeclaration } from "./argument-declaration.ts";
import { argumentPattern } from "./argument-pattern.ts";
import { PATH_VALUE } from "./path-template.ts";

/** Where an amount's currency comes from: the request itself, the declaration, or a look-up. */
export type CurrencySource = "request" | "only" | "fact";

/** Where an argument stands: what its place lets it be besides what was declared. */
export interface ArgumentPlace {
  readonly currency: CurrencySource;
  readonly inPath: boolean;
}

const MEMBER: ArgumentPlace = { currency: "only", inPath: false };

/** The schema of one declared argument, with its description and whether it may be left out. */
export function argumentSchema(declared: ArgumentDeclaration, place: ArgumentPlace): z.ZodType {
  const schema =
    declared.type === "money" ? amountSchema(declared, place.currency) : plainSchema(declared, place.inPath);
  const whole = declared.optional === true ? schema.optional() : schema;
  return declared.description === undefined ? whole : whole.describe(declared.description);
}

function plainSchema(declared: Exclude<ArgumentDeclaration, { type: "money" }>, inPath: boolean): z.ZodType {
  switch (declared.type) {
    case "string":
      return textSchema(declared, inPath);
    case "integer": {
      const { minimum = inPath ? 0 : Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = declared;
      return z.int().min(minimum).max(maximum);
    }
    case "boolean":
      return z.boolean();
    case "object":
      return z.strictObject(
        Object.fromEntries(
          Object.entries(declared.properties).map(([name, member]) => [name, argumentSchema(member, MEMBER)]),
        ),
      );
    case "array":
      return z
        .array(argumentSchema(declared.items, MEMBER))
        .min(declared.minItems ?? 0)
        .max(declared.maxItems ?? 100);
    default:
      return z.never();
  }
}

function textSchema(declared: Extract<ArgumentDeclaration, { type: "string" }>, inPath: boolean): z.ZodType {
  const { enum: values, pattern, minLength = 0, maxLength = 512 } = declared;
  if (values !== undefined) return z.enum(values as readonly [string, ...string[]]);
  const text = z.string().min(minLength).max(maxLength);
  const fitting = inPath ? text.regex(PATH_VALUE, { error: "cannot stand in a path as it is" }) : text;
  return pattern === undefined ? fitting : fitting.regex(argumentPattern(pattern));
}

/** More than nothing: at many systems an amount of zero means all of it. */
function amountSchema(declared: AmountDeclaration, source: CurrencySource): z.ZodType {
  const minor = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
  const currency = Currency.refine((code) => declared.currencies.includes(code), {
    error: `must be one of ${declared.currencies.join(", ")}`,
  });
  return z.strictObject({ minor, currency: source === "request" ? currency : currency.optional() });
}
