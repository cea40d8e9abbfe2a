import type { Value } from "@watchword/core";
import { z } from "zod";
import type { FieldDeclaration } from "./field-declaration.ts";
import { recordId, recordIdSchema } from "./record-id.ts";

/** The schema of one field's value, as an argument that may be left out. */
export function fieldSchema(name: string, declared: FieldDeclaration): z.ZodType {
  return valueSchema(declared)
    .optional()
    .describe(declared.description ?? `The field ${name}.`);
}

/** The schema of one field's value as a query compares with it; there a control character would have several spellings. */
export function comparedSchema(name: string, declared: FieldDeclaration): z.ZodType {
  return valueSchema(declared)
    .refine((value) => typeof value !== "string" || /^\P{Cc}{1,255}$/u.test(value), {
      error: "cannot be compared with in a query",
    })
    .optional()
    .describe(`Only records whose ${name} is this.`);
}

/** The schema of one end of a range of a field. */
export function boundSchema(name: string, declared: FieldDeclaration, side: "from" | "to"): z.ZodType {
  const text = side === "from" ? `${name} is this or later` : `${name} is earlier`;
  return valueSchema(declared).optional().describe(`Only records whose ${text}.`);
}

/** A value that the schema takes, for documentation and tests. */
export function fieldExample(declared: FieldDeclaration): Value {
  switch (declared.type) {
    case "string":
      return declared.enum?.[0] ?? "text".slice(0, declared.maxLength ?? 4);
    case "integer":
      return declared.minimum ?? Math.min(1, declared.maximum ?? 1);
    case "boolean":
      return true;
    case "reference":
      return exampleId(declared.keyPrefix);
    case "date":
      return "2026-01-31";
    case "datetime":
      return "2026-01-31T09:00:00Z";
    case "money":
      return { minor: 1_200 };
    default:
      return "";
  }
}

/** The id of some record of an object. */
export function exampleId(keyPrefix = "000"): string {
  return recordId(`${keyPrefix}000000000001`);
}

function valueSchema(declared: FieldDeclaration): z.ZodType {
  switch (declared.type) {
    case "string":
      if (declared.enum !== undefined) return z.enum(declared.enum as readonly [string, ...string[]]);
      return z
        .string()
        .min(1)
        .max(declared.maxLength ?? 255);
    case "integer":
      return z
        .int()
        .min(declared.minimum ?? Number.MIN_SAFE_INTEGER)
        .max(declared.maximum ?? Number.MAX_SAFE_INTEGER);
    case "boolean":
      return z.boolean();
    case "reference":
      return recordIdSchema(declared.keyPrefix);
    case "date":
      return z.iso.date();
    case "datetime":
      return z.iso.datetime({ precision: 0 });
    case "money":
      return z.strictObject({
        minor: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
        currency: z.literal(declared.currency).optional(),
      });
    default:
      return z.never();
  }
}
