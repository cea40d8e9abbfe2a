import { isForbiddenMember, isValueMap, valueProblem } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyValue, anyValueMap } from "./any-value.ts";

describe("a value", () => {
  test("is text, a truth, a safe integer, or a list or map of those", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(valueProblem(value)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test("may come in an object without a prototype", () => {
    expect(valueProblem(Object.assign(Object.create(null), { a: 1 }))).toBeUndefined();
  });

  test.for<[input: unknown, problem: string]>([
    [null, "value: null is not a value; leave the member out"],
    [undefined, "value: undefined is not a value"],
    [1n, "value: bigint is not a value"],
    [Symbol("a"), "value: symbol is not a value"],
    [() => 1, "value: function is not a value"],
    [0.5, "value: numbers must be safe integers"],
    [-0, "value: numbers must be safe integers"],
    [2 ** 53, "value: numbers must be safe integers"],
    [-(2 ** 53), "value: numbers must be safe integers"],
    [Number.NaN, "value: numbers must be safe integers"],
    ["\ud800", "value: string holds a lone surrogate"],
    [{ a: { b: [1, null] } }, "a.b[1]: null is not a value; leave the member out"],
    [[[0.5]], "[0][0]: numbers must be safe integers"],
    [{ "\udc00": 1 }, "value: member name is not allowed"],
    [{ a: JSON.parse('{"__proto__":1}') }, "a: member name is not allowed"],
    [{ constructor: 1 }, "value: member name is not allowed"],
    [{ prototype: 1 }, "value: member name is not allowed"],
    [{ a: new Date(0) }, "a: only plain objects are values"],
    [new Map(), "value: only plain objects are values"],
    [Object.create({ inherited: 1 }), "value: only plain objects are values"],
    [Object("boxed"), "value: only plain objects are values"],
    [Array.from({ length: 1 }), "[0]: undefined is not a value"],
  ])("%# that breaks the rules is named by its place, never by its content", ([input, problem]) => {
    expect(valueProblem(input)).toBe(problem);
  });

  test("is nested at most 16 deep, so that nothing overflows", () => {
    const nested = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}1${"]".repeat(depth)}`);
    expect(valueProblem(nested(16))).toBeUndefined();
    expect(valueProblem(nested(17))).toContain("nested deeper than 16");
    expect(valueProblem(nested(5_000))).toContain("nested deeper than 16");
    const loop: unknown[] = [];
    loop.push(loop);
    expect(valueProblem(loop)).toContain("nested deeper than 16");
  });
});

describe("a map of values", () => {
  test("is a plain object under the same rules", () => {
    fc.assert(
      fc.property(anyValueMap, (values) => {
        expect(isValueMap(values)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test.for([null, undefined, [], ["a"], "a", 1, true, new Map(), { a: null }, { a: 0.5 }])(
    "is not %j",
    (input) => {
      expect(isValueMap(input)).toBe(false);
    },
  );
});

test("what is a map of values is what has no problem, whatever it is", () => {
  const anything = fc.anything({
    withNullPrototype: true,
    withSparseArray: true,
    withBigInt: true,
    withDate: true,
    withMap: true,
    maxDepth: 4,
  });
  fc.assert(
    fc.property(fc.oneof(anything, anyValue), (a) => {
      expect(isValueMap({ a })).toBe(valueProblem({ a }) === undefined);
    }),
    { numRuns: 2_000 },
  );
});

describe("a member name", () => {
  test.for(["__proto__", "constructor", "prototype", "\ud800", "a\udfff"])("%j is forbidden", (name) => {
    expect(isForbiddenMember(name)).toBe(true);
  });

  test.for(["", "proto", "__proto", "Constructor", "toString", "hasOwnProperty", "valueOf", "\u{1f600}"])(
    "%j is only a name",
    (name) => {
      expect(isForbiddenMember(name)).toBe(false);
    },
  );
});
