import {
  Currency,
  Money,
  ProposedMoney,
  currencyExponent,
  formatMoney,
  isMoney,
  money,
  parseMoney,
} from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const currencies = ["USD", "EUR", "JPY", "KWD", "CLF", "CHF"];

describe("an amount in words", () => {
  test.for([
    ["200.00 USD", 20_000, "USD"],
    ["200 USD", 20_000, "USD"],
    ["0.01 EUR", 1, "EUR"],
    ["0 EUR", 0, "EUR"],
    ["200 JPY", 200, "JPY"],
    ["1.250 KWD", 1_250, "KWD"],
    ["1.0001 CLF", 10_001, "CLF"],
    ["0.29 USD", 29, "USD"],
    ["1.15 USD", 115, "USD"],
    ["9999999999999.99 USD", 999_999_999_999_999, "USD"],
    ["9007199254740.991 KWD", Number.MAX_SAFE_INTEGER, "KWD"],
  ] as const)("%s is %i minor units of %s, exactly", ([text, minor, currency]) => {
    expect(parseMoney(text)).toEqual({ minor, currency });
  });

  test.for([
    "",
    "200",
    "USD",
    "200.00",
    "USD 200.00",
    "200.00 usd",
    "200.00USD",
    "200.00  USD",
    " 200.00 USD",
    "200.00 USD ",
    "200.00 USD\n",
    "200,00 USD",
    "1,000.00 USD",
    "2.000 USD",
    "2.0 USD",
    "200. USD",
    ".50 USD",
    "1.0 JPY",
    "1.00 KWD",
    "-1.00 USD",
    "+1.00 USD",
    "01.00 USD",
    "1e3 USD",
    "0x10 USD",
    "Infinity USD",
    "٢٠٠ USD",
    "200.00 US",
    "200.00 USDT",
    "200.00 ＵＳＤ",
    "99999999999999 USD",
    "9999999999999.999 KWD",
  ])("%j is an error instead of a guess", (text) => {
    expect(() => parseMoney(text)).toThrow(TypeError);
  });

  test("is written as it is read", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), fc.constantFrom(...currencies), (minor, currency) => {
        expect(parseMoney(formatMoney({ minor, currency }))).toEqual({ minor, currency });
      }),
      { numRuns: 1_000 },
    );
  });

  test.for([
    [{ minor: 0, currency: "USD" }, "0.00 USD"],
    [{ minor: 5, currency: "USD" }, "0.05 USD"],
    [{ minor: 4_200, currency: "USD" }, "42.00 USD"],
    [{ minor: 4_200, currency: "JPY" }, "4200 JPY"],
    [{ minor: 4_200, currency: "KWD" }, "4.200 KWD"],
    [{ minor: 7, currency: "CLF" }, "0.0007 CLF"],
    [{ minor: Number.MAX_SAFE_INTEGER, currency: "USD" }, "90071992547409.91 USD"],
  ] as const)("%j is shown as %s, with the currency's own decimals", ([amount, text]) => {
    expect(formatMoney(amount)).toBe(text);
  });
});

describe("an amount of a binding", () => {
  test("says its unit: minor units, or a decimal text with its currency", () => {
    expect(money(4_200, "minor")).toEqual({ minor: 4_200 });
    expect(money(4_200, "minor", "USD")).toEqual({ minor: 4_200, currency: "USD" });
    expect(money("42.00", "USD")).toEqual({ minor: 4_200, currency: "USD" });
  });

  test.for([0.5, -1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])(
    "of %d minor units is an error",
    (amount) => {
      expect(() => money(amount, "minor")).toThrow(TypeError);
    },
  );

  test.for(["4200", "42.000", "42.00", "-42.00", "4.2e1", ""])(
    "of %j without its currency is an error",
    (text) => {
      expect(() => money(text, "minor")).toThrow(TypeError);
    },
  );

  test("given as a bare number of a currency is an error: 42 dollars or 42 cents?", () => {
    expect(() => money(42, "USD" as "minor")).toThrow(TypeError);
  });

  test("in a currency that is no code is an error", () => {
    expect(() => money(42, "minor", "usd")).toThrow(TypeError);
    expect(() => money("42.00", "usd")).toThrow(TypeError);
  });
});

describe("the decimals of a currency", () => {
  test.for([
    ["USD", 2],
    ["JPY", 0],
    ["KRW", 0],
    ["KWD", 3],
    ["TND", 3],
    ["CLF", 4],
    ["UYW", 4],
    ["MGA", 2],
  ] as const)("of %s are %i (ISO 4217)", ([currency, exponent]) => {
    expect(currencyExponent(currency)).toBe(exponent);
  });

  test("are not read from what every object inherits", () => {
    expect(currencyExponent("constructor")).toBe(2);
    expect(currencyExponent("__proto__")).toBe(2);
  });
});

describe("a decided amount", () => {
  test.for<unknown>([
    { minor: 1 },
    { currency: "USD" },
    { minor: "1", currency: "USD" },
    { minor: 1.5, currency: "USD" },
    { minor: -1, currency: "USD" },
    { minor: 2 ** 53, currency: "USD" },
    { minor: Number.NaN, currency: "USD" },
    { minor: 1, currency: "usd" },
    { minor: 1, currency: "US" },
    { minor: 1, currency: "USD\n" },
    { minor: 1, currency: "USD", max: 2 },
    { minor: 1, currency: ["USD"] },
    [{ minor: 1, currency: "USD" }],
    "1.00 USD",
    1,
    null,
    undefined,
  ])("is not %j", (input) => {
    expect(isMoney(input)).toBe(false);
    expect(Money.safeParse(input).success).toBe(false);
  });

  test("has minor units and a currency", () => {
    expect(isMoney({ minor: 0, currency: "USD" })).toBe(true);
    expect(isMoney({ minor: Number.MAX_SAFE_INTEGER, currency: "EUR" })).toBe(true);
  });

  test("may be proposed without its currency, but not with half of one", () => {
    expect(ProposedMoney.safeParse({ minor: 1 }).success).toBe(true);
    expect(ProposedMoney.safeParse({ minor: 1, currency: "USD" }).success).toBe(true);
    expect(ProposedMoney.safeParse({ minor: 1, currency: "" }).success).toBe(false);
    expect(ProposedMoney.safeParse({ minor: 1, currency: null }).success).toBe(false);
    expect(Currency.safeParse("EURO").success).toBe(false);
  });
});
