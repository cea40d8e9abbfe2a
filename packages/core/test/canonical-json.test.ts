import { canonicalJson, parseStrictJson, valueProblem } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyValue, reordered } from "./any-value.ts";

describe("the canonical text of a value", () => {
  test("orders members as RFC 8785 section 3.2.3 shows, by UTF-16 code units", () => {
    const members = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\u{1f600}": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect([...canonicalJson(members).matchAll(/:"([^"]*)"/g)].map(([, text]) => text)).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]);
  });

  test("writes text as RFC 8785 section 3.2.2 shows", () => {
    const string = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/";
    expect(canonicalJson({ string, literals: [true, false] })).toBe(
      '{"literals":[true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test.for<[input: unknown, text: string]>([
    [{ peach: "x", péché: "y", pêche: "z", sin: "s" }, '{"peach":"x","péché":"y","pêche":"z","sin":"s"}'],
    [{ "10": 1, "9": 2, "-1": 3 }, '{"-1":3,"10":1,"9":2}'],
    [{ b: { d: 1, c: 2 }, a: [] }, '{"a":[],"b":{"c":2,"d":1}}'],
    [{ "": "empty", A: 1, a: 2 }, '{"":"empty","A":1,"a":2}'],
    [{ numbers: [333_333_333, 1e3, 0, -1, 2e15] }, '{"numbers":[333333333,1000,0,-1,2000000000000000]}'],
    [[56, { d: true, "10": "", "1": [] }], '[56,{"1":[],"10":"","d":true}]'],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [Number.MIN_SAFE_INTEGER, "-9007199254740991"],
    ["\b\t\n\f\r\u0000\u001f\u007f\u2028\u2029", '"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\u2028\u2029"'],
    ["</script>\u{1f600}", '"</script>\u{1f600}"'],
    [{}, "{}"],
    [[], "[]"],
  ])("of %j is one text", ([input, text]) => {
    expect(canonicalJson(input)).toBe(text);
  });

  test("is the same whatever the order was, and reads back as the same value", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reordered(value, (names) => names.toReversed()))).toBe(text);
        expect(parseStrictJson(text)).toEqual(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  test("of two different values is never the same", () => {
    fc.assert(
      fc.property(anyValue, anyValue, (one, other) => {
        const equal = JSON.stringify(reordered(one, sorted)) === JSON.stringify(reordered(other, sorted));
        expect(canonicalJson(one) === canonicalJson(other)).toBe(equal);
      }),
      { numRuns: 1_000 },
    );
  });

  test.for<{ name: string; value: unknown }>([
    { name: "null", value: null },
    { name: "undefined", value: { a: undefined } },
    { name: "a float", value: 0.1 },
    { name: "minus nothing", value: -0 },
    { name: "not a number", value: Number.NaN },
    { name: "infinity", value: [Number.POSITIVE_INFINITY] },
    { name: "an unsafe integer", value: 2 ** 53 },
    { name: "half a letter", value: "\udead" },
    { name: "a hidden member", value: JSON.parse('{"__proto__":1}') },
    { name: "an object with its own JSON", value: { toJSON: () => "other" } },
    { name: "a date", value: new Date(0) },
  ])("is not made of $name: it throws instead of guessing", ({ value }) => {
    expect(valueProblem(value)).toBeDefined();
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  test("is not made of a value that contains itself", () => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    expect(() => canonicalJson(loop)).toThrow(TypeError);
  });

  test("does not put the value into the error", () => {
    expect(() => canonicalJson({ key: ["sk_live_canary", 1.5] })).toThrow(
      new TypeError("not canonicalizable: key[1]: numbers must be safe integers"),
    );
  });
});

function sorted(names: string[]): string[] {
  return names.toSorted();
}
