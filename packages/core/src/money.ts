import { z } from "zod";
import type { ValueMap } from "./value.ts";

/** ISO 4217 alphabetic code, upper case. */
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/, { error: "must be a three-letter ISO 4217 code in upper case" });

/** An amount whose currency is known: `{ minor: 4200, currency: "USD" }` is 42.00 USD. Never a float. */
export const Money = z.strictObject({
  minor: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  currency: Currency,
});
export type Money = z.infer<typeof Money>;

/**
 * An amount as a tool proposes it. `currency` may be left out where the downstream object has exactly one (a charge):
 * the broker takes it from there. When it is given, it must be that one.
 */
export const ProposedMoney = z.strictObject({
  minor: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  currency: Currency.optional(),
});
export type ProposedMoney = z.infer<typeof ProposedMoney>;

/** Digits after the decimal point where they are not two (ISO 4217:2015 list one). */
const EXPONENTS: Readonly<Record<string, number>> = Object.freeze({
  ...Object.fromEntries(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map((code) => [code, 0]),
  ),
  ...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3])),
  ...Object.fromEntries("CLF UYW".split(" ").map((code) => [code, 4])),
});

/** How many decimal digits a currency has: 2 for USD, 0 for JPY, 3 for KWD. */
export function currencyExponent(currency: string): number {
  return Object.hasOwn(EXPONENTS, currency) ? (EXPONENTS[currency] ?? 2) : 2;
}

/**
 * An amount for a binding. `"minor"` says that the number already counts the smallest unit (cents); a decimal string
 * with its currency is converted exactly. A bare number without a unit cannot be written.
 *
 * @throws TypeError when the amount is not a non-negative safe integer, has not as many digits as the currency, or
 * lacks its unit or a valid currency.
 *
 * @example
 * ```ts
 * money(4200, "minor"); // { minor: 4200 }: the charge's currency
 * money("42.00", "USD"); // { minor: 4200, currency: "USD" }
 * ```
 */
export function money(amount: number, unit: "minor"): ProposedMoney;
export function money(amount: number, unit: "minor", currency: string): Money;
export function money(amount: string, currency: string): Money;
export function money(amount: number | string, unit: string, currency?: string): ProposedMoney {
  if (typeof amount === "string") return parseMoney(`${amount} ${unit}`);
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw new TypeError("money: minor units must be a non-negative safe integer");
  // Types say so already; `money(42, "USD")` from JavaScript must not become 42 cents.
  if (unit !== "minor") throw new TypeError('money: a number needs the unit "minor"');
  if (currency === undefined) return { minor: amount };
  if (!Currency.safeParse(currency).success) throw new TypeError("money: not an ISO 4217 code");
  return { minor: amount, currency };
}

/**
 * Reads `"200.00 USD"`. The number of decimals must be the currency's own (or none at all), so that `"2.000 USD"` is an
 * error instead of a guess.
 *
 * @throws TypeError when the text is not an amount with a currency.
 */
export function parseMoney(text: string): Money {
  const match = /^(0|[1-9]\d{0,12})(?:\.(\d{1,4}))? ([A-Z]{3})$/.exec(text);
  if (match === null) throw new TypeError('money: expected an amount and a currency, like "200.00 USD"');
  const [, whole = "", decimals = "", currency = ""] = match;
  const exponent = currencyExponent(currency);
  if (decimals !== "" && decimals.length !== exponent) {
    throw new TypeError(`money: ${currency} has ${exponent} decimals, got ${decimals.length}`);
  }
  const minor = Number(whole) * 10 ** exponent + Number(decimals || "0");
  if (!Number.isSafeInteger(minor)) throw new TypeError("money: amount is too large");
  return { minor, currency };
}

/** `42.00 USD`, for people. */
export function formatMoney(amount: Money): string {
  const exponent = currencyExponent(amount.currency);
  const digits = String(amount.minor).padStart(exponent + 1, "0");
  const split = digits.length - exponent;
  return exponent === 0
    ? `${digits} ${amount.currency}`
    : `${digits.slice(0, split)}.${digits.slice(split)} ${amount.currency}`;
}

/** True when `value` is a decided amount: the currency is there. */
export function isMoney(value: unknown): value is Money & ValueMap {
  return Money.safeParse(value).success;
}
