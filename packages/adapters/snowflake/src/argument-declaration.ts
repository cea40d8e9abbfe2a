import type { Value } from "@watchword/core";
import { z } from "zod";

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
  enum: z.array(z.string().min(1).max(512)).min(1).readonly().optional(),
  /** Default 512. */
  maxLength: z.int().min(1).max(16_384).optional(),
  description: Description,
});
const Integer = z.strictObject({
  type: z.literal("integer"),
  minimum: z.int().optional(),
  maximum: z.int().optional(),
  description: Description,
});
const Flag = z.strictObject({ type: z.literal("boolean"), description: Description });
/** A day of the calendar, `2026-11-25`, bound as text: the statement says `TO_DATE({day})`. */
const Day = z.strictObject({ type: z.literal("date"), description: Description });

/** What an argument of a declared statement may be. It stands in a bind variable, never in the statement's text. */
export const ArgumentDeclaration = z.discriminatedUnion("type", [Text, Integer, Flag, Day]);
export type ArgumentDeclaration = z.output<typeof ArgumentDeclaration>;

/** The strict schema of declared arguments. None can be left out: each place needs a value. */
export function argumentsSchema(declared: Readonly<Record<string, ArgumentDeclaration>>): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(declared).map(([name, argument]) => [
        name,
        schemaOf(argument).describe(argument.description),
      ]),
    ),
  );
}

/** A bind variable, as the SQL API takes it. */
export interface Binding {
  readonly type: "TEXT" | "FIXED" | "BOOLEAN";
  readonly value: string;
}

/** The one way in which a value is bound. @throws TypeError for a value of many parts, which no argument is */
export function bindingOf({ type }: ArgumentDeclaration, value: Value): Binding {
  if (typeof value === "object") throw new TypeError("a list or an object is no bind variable");
  if (type === "integer") return { type: "FIXED", value: String(value) };
  return { type: type === "boolean" ? "BOOLEAN" : "TEXT", value: String(value) };
}

/** The value of a bind variable; `undefined` when it is written in any other way. */
export function boundValue(declared: ArgumentDeclaration, binding: Value | undefined): Value | undefined {
  if (typeof binding !== "object" || Array.isArray(binding)) return undefined;
  const { type, value, ...others } = binding as Readonly<Record<string, Value>>;
  if (typeof value !== "string" || Object.keys(others).length > 0) return undefined;
  const read = valueOf(declared, value);
  return read !== undefined && bindingOf(declared, read).type === type ? read : undefined;
}

function valueOf({ type }: ArgumentDeclaration, text: string): Value | undefined {
  // One spelling per number: no sign before a plus, no leading zero, no exponent, no fraction.
  if (type === "integer") return /^(?:0|-?[1-9]\d{0,15})$/.test(text) ? Number(text) : undefined;
  if (type === "boolean") return text === "true" || text === "false" ? text === "true" : undefined;
  return text;
}

function schemaOf(declared: ArgumentDeclaration): z.ZodType {
  switch (declared.type) {
    case "string": {
      const { enum: values, pattern, maxLength = 512 } = declared;
      if (values !== undefined) return z.enum(values as readonly [string, ...string[]]);
      const text = z.string().min(1).max(maxLength);
      return pattern === undefined ? text : text.regex(wholePattern(pattern));
    }
    case "integer": {
      const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = declared;
      return z.int().min(minimum).max(maximum);
    }
    case "boolean":
      return z.boolean();
    case "date":
      return z.iso.date();
    default:
      return z.never();
  }
}

/** Held at both ends as a whole: `^a|b$` is `^(?:a|b)$`, never “begins with a”. */
function wholePattern(text: string): RegExp {
  return new RegExp(`^(?:${text.slice(1, -1)})$`, "u");
}

function isPattern(text: string): boolean {
  try {
    return wholePattern(text).source !== "";
  } catch {
    return false;
  }
}
