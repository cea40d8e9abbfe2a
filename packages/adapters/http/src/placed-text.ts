import { type Value, formatMoney, parseMoney } from "@watchword/core";
import type { ArgumentDeclaration } from "./argument-declaration.ts";
import { requestMismatch } from "./request-mismatch.ts";

/**
 * A number as text has one spelling: no sign but a minus, no leading zero, no exponent, no fraction.
 *
 * @throws Refusal `request_mismatch`
 */
export function readInteger(text: string): number {
  if (!/^(?:0|-?[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw requestMismatch("a number is not a plain decimal integer");
  return Number(text);
}

/**
 * A value of path or query, which are text, as its argument has it.
 *
 * @throws Refusal `request_mismatch`
 */
export function readText(declared: ArgumentDeclaration, text: string): Value {
  if (declared.type === "integer") return readInteger(text);
  if (declared.type !== "boolean") return text;
  if (text !== "true" && text !== "false") throw requestMismatch("a flag is neither true nor false");
  return text === "true";
}

/**
 * `42.00` in its currency's one spelling, as minor units.
 *
 * @throws Refusal `request_mismatch`
 */
export function readDecimal(text: string, currency: string): number {
  try {
    const amount = parseMoney(`${text} ${currency}`);
    if (formatMoney(amount) === `${text} ${currency}`) return amount.minor;
  } catch {
    // Falls through to the refusal.
  }
  throw requestMismatch("an amount is not written as its currency is");
}

/** The text that {@link readDecimal} reads. */
export function writeDecimal(minor: number, currency: string): string {
  return formatMoney({ minor, currency }).slice(0, -(currency.length + 1));
}
