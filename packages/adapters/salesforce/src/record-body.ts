import {
  type Json,
  type Stamp,
  type Value,
  type ValueMap,
  currencyExponent,
  formatMoney,
  isMoney,
  isValueMap,
  parseStrictJson,
} from "@watchword/core";
import type { FieldDeclaration } from "./field-declaration.ts";
import type { RecordRoute } from "./record-operations.ts";
import { requestMismatch } from "./request-mismatch.ts";

/**
 * Reads the fields that a request would write. An amount is a number with a fraction here and nowhere else; every other number is an
 * integer.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRecordBody(route: RecordRoute, bytes: Uint8Array): ValueMap {
  const written = writtenFields(route);
  const amounts = written.some((name) => route.declared.fields[name]?.type === "money");
  const body = parseBody(bytes, amounts);
  const values: Record<string, Json> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!written.includes(name)) throw requestMismatch("a member of the body is not a declared field");
    values[name] = readValue(route.declared.fields[name], value);
  }
  if (isValueMap(values)) return values;
  throw requestMismatch("the body holds something that is not a value");
}

/** The body that {@link readRecordBody} reads, in the order of the declaration; behind it the decision's id, where it has a field. */
export function writeRecordBody(route: RecordRoute, values: ValueMap, { decisionId }: Stamp): Uint8Array {
  const members = writtenFields(route).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [`${JSON.stringify(name)}:${writeValue(value)}`];
  });
  const { decision } = route.declared;
  if (decision !== undefined) members.push(`${JSON.stringify(decision)}:${JSON.stringify(decisionId)}`);
  return new TextEncoder().encode(`{${members.join(",")}}`);
}

function writtenFields({ verb, declared }: RecordRoute): readonly string[] {
  return verb === "create" || verb === "update" ? (declared[verb] ?? []) : [];
}

function readValue(type: FieldDeclaration | undefined, value: Json): Json {
  if (type?.type !== "money") return value;
  const unit = 10 ** currencyExponent(type.currency);
  const minor = typeof value === "number" ? Math.round(value * unit) : Number.NaN;
  // As many decimals as the currency has: the number that is written for it again is the same one.
  if (!Number.isSafeInteger(minor) || minor / unit !== value)
    throw requestMismatch("an amount is not one of its currency");
  return { minor };
}

function writeValue(value: Value): string {
  return isMoney(value) ? formatMoney(value).slice(0, -(value.currency.length + 1)) : JSON.stringify(value);
}

function parseBody(bytes: Uint8Array, fractions: boolean): Readonly<Record<string, Json>> {
  let body: Json;
  try {
    body = parseStrictJson(bytes, { fractions });
  } catch {
    throw requestMismatch("the body is not JSON that has one reading");
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw requestMismatch("the body is not a JSON object");
}
