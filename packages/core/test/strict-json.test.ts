import { type Json, parseStrictJson } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyName } from "./any-value.ts";

const anyText = fc.string({ unit: "grapheme", maxLength: 10 });

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    anyText,
    fc.boolean(),
    fc.constant(null),
    fc.maxSafeInteger().map((number) => (number === 0 ? 0 : number)),
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(anyName, tie("json"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** `act` must throw a SyntaxError that says `what`. */
function expectRefused(input: string | Uint8Array, what: string): void {
  expect(() => parseStrictJson(input)).toThrow(SyntaxError);
  expect(() => parseStrictJson(input)).toThrow(what);
}

describe("strict JSON", () => {
  test("reads what JSON.parse reads of the same text, however it is spaced", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, "\t", "\n", " \r\n"), (value, space) => {
        const written = JSON.stringify(value, null, space);
        expect(parseStrictJson(written)).toEqual(JSON.parse(written));
        expect(parseStrictJson(new TextEncoder().encode(written))).toEqual(value);
      }),
      { numRuns: 1_000 },
    );
  });

  test("never reads what JSON.parse refuses", () => {
    const pieces = fc.constantFrom(...'{}[]:,"\\u0aeE+-.1 \ntfn'.split(""), "true", "null", '"a"', '"a":');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const written = parts.join("");
        const read = readOf(() => parseStrictJson(written));
        if (read !== undefined) expect(read).toEqual({ value: JSON.parse(written) as unknown });
      }),
      { numRuns: 20_000 },
    );
  });

  test("reads and refuses alike what is written compactly and what is not", () => {
    const compact = [
      '{"a":1,"a":1}',
      '{"__proto__":1}',
      '{"a":{"constructor":1}}',
      '["\\ud800"]',
      '{"\\udc00":1}',
      "[0.5]",
      "[9007199254740992]",
      '{"2":1,"1":2}',
      `${"[".repeat(16)}1${"]".repeat(16)}`,
      `${"[".repeat(17)}1${"]".repeat(17)}`,
      `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
    ];
    // Space before it, and it is no text as JSON.stringify writes it.
    for (const written of compact)
      expect(readOf(() => parseStrictJson(` ${written}`))).toEqual(readOf(() => parseStrictJson(written)));
    fc.assert(
      fc.property(fc.json({ maxDepth: 18 }), (written) => {
        expect(readOf(() => parseStrictJson(` ${written}`))).toEqual(readOf(() => parseStrictJson(written)));
      }),
      { numRuns: 1_000 },
    );
  });

  test("gives plain objects, so that schemas and comparisons see what is there", () => {
    const value = parseStrictJson('{"a":{}}') as { a: object };
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(value.a)).toBe(Object.prototype);
  });
});

describe("a member that is there twice", () => {
  test.for([
    ["plainly", '{"sub":"a","sub":"b"}'],
    ["with the same value", '{"sub":"a","sub":"a"}'],
    ["once escaped", '{"a":1,"\\u0061":2}'],
    ["first escaped", '{"\\u0061":1,"a":2}'],
    ["escaped in another case of hex", '{"\\u00e9":1,"\\u00E9":2}'],
    ["as a letter and as a pair of escapes", '{"\u{1f600}":1,"\\ud83d\\ude00":2}'],
    ["with a slash escaped", '{"a/b":1,"a\\/b":2}'],
    ["in a nested object", '{"a":[{"b":1,"c":2,"b":3}]}'],
    ["far apart", `{"a":1,${Array.from({ length: 500 }, (_, index) => `"m${index}":1,`).join("")}"a":2}`],
    ["as an empty name", '{"":1,"":2}'],
    ["as a name that objects inherit", '{"toString":1,"toString":2}'],
  ] as const)("%s is refused", ([, written]) => {
    expectRefused(written, "duplicate member");
  });

  test.for([
    ["in another case", '{"sub":1,"Sub":2}'],
    ["in two objects", '[{"a":1},{"a":2}]'],
    ["in an outer and an inner object", '{"a":{"a":1}}'],
    ["composed and decomposed", '{"\u00e9":1,"e\u0301":2}'],
    ["as a name that objects inherit, once", '{"toString":1,"hasOwnProperty":2}'],
  ] as const)("only in looks, %s, is read", ([, written]) => {
    expect(parseStrictJson(written)).toEqual(JSON.parse(written));
  });
});

describe("a member name that reaches into prototypes", () => {
  test.for([
    '{"__proto__":{"admin":true}}',
    '{"\\u005f_proto__":1}',
    '{"\\u005F\\u005Fproto\\u005f_":1}',
    '{"a":{"constructor":{"prototype":1}}}',
    '{"prototype":1}',
    '[{"__proto__":null}]',
  ])("%s is refused, and nothing is polluted", (written) => {
    expectRefused(written, "member name is not allowed");
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  test("is only text where it is a value", () => {
    expect(parseStrictJson('["__proto__"]')).toEqual(["__proto__"]);
  });
});

describe("a number", () => {
  test.for([
    "1.0",
    "0.1",
    "1e2",
    "1E2",
    "1e400",
    "-0",
    "-0.0",
    "0e0",
    "9007199254740992",
    "-9007199254740992",
    "9007199254740993",
    "100000000000000000000",
    "123456789012345678901234567890",
  ])("%s is refused: it is no plain safe integer", (written) => {
    expectRefused(`{"amount":${written}}`, "plain safe integers");
  });

  test.for(["+1", ".5", "0x10", "NaN", "Infinity", "-", "--1", "1_000", "٣"])("%s is refused", (written) => {
    expect(readOf(() => parseStrictJson(`[${written}]`))).toBeUndefined();
  });

  test.for(["01", "1.", "1e", "00", "-01"])("%s is not two values", (written) => {
    expect(readOf(() => parseStrictJson(written))).toBeUndefined();
  });

  test.for([0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])("%i is read exactly", (number) => {
    expect(parseStrictJson(String(number))).toBe(number);
  });
});

describe("text", () => {
  test.for([
    ["a first half alone", '"\\ud800"'],
    ["a second half alone", '"\\udc00"'],
    ["halves the wrong way round", '"\\ude00\\ud83d"'],
    ["a half in a name", '{"\\ud800":1}'],
    ["a half that was not escaped", '"\ud800"'],
  ] as const)("with %s is refused", ([, written]) => {
    expect(readOf(() => parseStrictJson(written))).toBeUndefined();
  });

  test("with both halves is one letter", () => {
    expect(parseStrictJson('"\\ud83d\\ude00"')).toBe("\u{1f600}");
  });

  test.for(['"a\nb"', '"a\tb"', '"\u0000"', '"\\x41"', '"\\u12"', '"\\u12g4"', '"\\"', '"', "'a'", '"a'])(
    "written as %j is refused",
    (written) => {
      expectRefused(written, "json:");
    },
  );

  test.for([
    ["bytes that are not UTF-8", bytes(0x22, 0xff, 0x22)],
    ["an overlong form", bytes(0x22, 0xc0, 0xaf, 0x22)],
    ["an overlong NUL", bytes(0x22, 0xc0, 0x80, 0x22)],
    ["half a letter in UTF-8", bytes(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ["a letter beyond Unicode", bytes(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22)],
    ["a letter that is cut", bytes(0x22, 0xf0, 0x9f, 0x98, 0x22)],
    ["UTF-16", bytes(0xff, 0xfe, 0x22, 0x00, 0x22, 0x00)],
  ] as const)("in %s is refused", ([, input]) => {
    expectRefused(input, "not UTF-8");
  });

  test("after a byte order mark is refused, as bytes and as text", () => {
    expectRefused(bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d), "expected a value");
    expectRefused("\ufeff{}", "expected a value");
  });
});

describe("a text", () => {
  test.for([
    "{}{}",
    "{} x",
    "1 2",
    "true,",
    "[]]",
    '{"a":1}\u0000',
    "nullnull",
    "truefalse",
    "{}\u00a0",
    "{}//",
  ])("that goes on after its value is refused: %j", (written) => {
    expectRefused(written, "text after the value");
  });

  test.for([
    "",
    " ",
    "{",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "{,}",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    "tru",
  ])("that is not complete is refused: %j", (written) => {
    expectRefused(written, "json:");
  });

  test.for(["undefined", "True", "NULL", "/**/1", "\u00a01", "\u20281", "\v1"])(
    "that is no JSON is refused: %j",
    (written) => {
      expectRefused(written, "expected a value");
    },
  );

  test("is not quoted in the error, only its place is", () => {
    expect(() => parseStrictJson('{"sk_live_canary":1,"sk_live_canary":2}')).toThrow(
      new SyntaxError("json: duplicate member at 36"),
    );
  });
});

describe("bounds", () => {
  const nested = (open: string, close: string, times: number): string =>
    `${open.repeat(times)}1${close.repeat(times)}`;

  test("of depth: 16 lists or maps are read, 17 are not", () => {
    expect(parseStrictJson(nested("[", "]", 16))).toBeDefined();
    expect(parseStrictJson(nested('{"a":', "}", 16))).toBeDefined();
    expectRefused(nested("[", "]", 17), "nested too deep");
    expectRefused(nested('{"a":', "}", 17), "nested too deep");
    expect(() => parseStrictJson("[[1]]", { maxDepth: 1 })).toThrow("nested too deep");
  });

  test("of depth stop 30,000 brackets before they are counted", () => {
    expectRefused("[".repeat(30_000), "nested too deep");
    expectRefused('{"a":'.repeat(10_000), "nested too deep");
  });

  test("of size count bytes, not letters", () => {
    expect(parseStrictJson(JSON.stringify("a".repeat(65_534)))).toHaveLength(65_534);
    expectRefused(JSON.stringify("a".repeat(65_535)), "larger than 65536 bytes");
    expectRefused(JSON.stringify("é".repeat(32_768)), "larger than 65536 bytes");
    expectRefused(new Uint8Array(65_537), "larger than 65536 bytes");
    expect(() => parseStrictJson("[1]", { maxBytes: 2 })).toThrow("larger than 2 bytes");
    expect(parseStrictJson("[1]", { maxBytes: 3 })).toEqual([1]);
  });

  test("that a caller raises do not make one long text fail otherwise", () => {
    const long = "a\n\u{1f600}".repeat(200_000);
    expect(parseStrictJson(JSON.stringify(long), { maxBytes: 4_000_000 })).toBe(long);
  });
});

function readOf(read: () => Json): { value: Json } | undefined {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

describe("strict JSON of a foreign tool's report", () => {
  test.for([
    ["0.5", 0.5],
    ["-1.25e2", -125],
    ["1.0", 1],
  ] as const)("may hold %s", ([text, value]) => {
    expect(parseStrictJson(text, { fractions: true })).toBe(value);
    expectRefused(text, "plain safe integers");
  });

  test.for(["1e999", "-1e999"])("never holds what no number is: %s", (text) => {
    expect(() => parseStrictJson(text, { fractions: true })).toThrow(SyntaxError);
  });

  test("is as strict as any in everything else", () => {
    for (const text of ['{"a":0.5,"a":1}', '{"__proto__":0.5}', "[0.5", "NaN", "0.5 0.5"])
      expect(() => parseStrictJson(text, { fractions: true })).toThrow(SyntaxError);
  });
});
