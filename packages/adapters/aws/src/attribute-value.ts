import type { Json, Value } from "@watchword/core";

/** A value as DynamoDB writes it. */
export function writeAttribute(value: Value | undefined): Record<string, string | boolean> | undefined {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  return typeof value === "boolean" ? { BOOL: value } : undefined;
}

/** Reads what DynamoDB would store; `undefined` for a kind that no argument has, and for a number in another spelling. */
export function readAttribute(attribute: Json | undefined): string | number | boolean | undefined {
  if (typeof attribute !== "object" || attribute === null || Array.isArray(attribute)) return undefined;
  const [entry, ...more] = Object.entries(attribute);
  if (entry === undefined || more.length > 0) return undefined;
  const [kind, value] = entry;
  if (kind === "S" && typeof value === "string") return value;
  if (kind === "BOOL" && typeof value === "boolean") return value;
  const number = kind === "N" && typeof value === "string" ? Number(value) : undefined;
  return Number.isSafeInteger(number) && String(number) === value ? number : undefined;
}
