import { Money } from "@watchword/core";
import { z } from "zod";

const Description = z.string().min(1).max(500);
const OF_ARGUMENT = { description: true, optional: true } as const;
const both = { description: Description, optional: z.literal(true).optional() };

/** Text that says what it matches from its first to its last character. */
const Pattern = z
  .string()
  .max(500)
  .refine((text) => text.startsWith("^") && text.endsWith("$"), { error: "must begin with ^ and end with $" })
  .refine(isPattern, { error: "must be a regular expression" });

const Text = z.strictObject({
  type: z.literal("string"),
  pattern: Pattern.optional(),
  enum: z.array(z.string().min(1).max(512)).min(1).optional(),
  /** Default 512. */
  maxLength: z.int().min(1).max(16_384).optional(),
  ...both,
});
const Integer = z.strictObject({
  type: z.literal("integer"),
  minimum: z.int().optional(),
  maximum: z.int().optional(),
  ...both,
});
const Flag = z.strictObject({ type: z.literal("boolean"), ...both });
const Amount = z.strictObject({ type: z.literal("money"), ...both });
const List = z.strictObject({
  type: z.literal("array"),
  items: z.discriminatedUnion("type", [Text.omit(OF_ARGUMENT), Integer.omit(OF_ARGUMENT)]),
  /** Default 100. */
  maxItems: z.int().min(1).max(1_000).optional(),
  ...both,
});

/** A closed part of JSON Schema with `money` (`{ minor, currency }`): what an argument may be where it is declared as data. */
export const ArgumentDeclaration = z.discriminatedUnion("type", [Text, Integer, Flag, Amount, List]);
export type ArgumentDeclaration = z.input<typeof ArgumentDeclaration>;

/** The strict schema of declared arguments. */
export function argumentsSchema(declared: Readonly<Record<string, ArgumentDeclaration>>): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(declared).map(([name, argument]) => {
        const schema = schemaOf(argument).describe(argument.description);
        return [name, argument.optional === true ? schema.optional().describe(argument.description) : schema];
      }),
    ),
  );
}

type Part = ArgumentDeclaration | Extract<ArgumentDeclaration, { type: "array" }>["items"];

function schemaOf(declared: Part): z.ZodType {
  switch (declared.type) {
    case "string":
      return textSchema(declared);
    case "integer": {
      const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = declared;
      return z.int().min(minimum).max(maximum);
    }
    case "boolean":
      return z.boolean();
    case "money":
      return Money;
    case "array":
      return z.array(schemaOf(declared.items)).max(declared.maxItems ?? 100);
    default:
      return z.never();
  }
}

function textSchema(declared: Extract<Part, { type: "string" }>): z.ZodType {
  const { enum: values, pattern, maxLength = 512 } = declared;
  if (values !== undefined) return z.enum(values as [string, ...string[]]);
  const text = z.string().min(1).max(maxLength);
  return pattern === undefined ? text : text.regex(new RegExp(pattern, "u"));
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, "u").source !== "";
  } catch {
    return false;
  }
}
