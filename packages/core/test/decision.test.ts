import { type Value, factAt } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyValueMap } from "./any-value.ts";

const values = {
  charge: { currency: "USD", remaining: 0, paid: false, note: "", lines: [{ id: "li_1" }] },
  head: "abc",
};

describe("a fact", () => {
  test.for<[path: string[], value: Value]>([
    [["head"], "abc"],
    [["charge", "currency"], "USD"],
    [["charge", "remaining"], 0],
    [["charge", "paid"], false],
    [["charge", "note"], ""],
    [["charge", "lines"], [{ id: "li_1" }]],
    [["charge"], values.charge],
  ])("at %j is read", ([path, value]) => {
    expect(factAt(values, path)).toEqual(value);
  });

  test.for<string[][]>([
    [["tail"]],
    [["charge", "amount"]],
    [["charge", "currency", "length"]],
    [["charge", "lines", "0"]],
    [["charge", "lines", "length"]],
    [["head", "0"]],
    [["head", "length"]],
    [["charge.currency"]],
    [["Charge", "currency"]],
    [[""]],
    [["charge", ""]],
    [["__proto__"]],
    [["constructor"]],
    [["constructor", "name"]],
    [["toString"]],
    [["hasOwnProperty"]],
    [["charge", "__proto__", "toString"]],
    [["charge", "valueOf"]],
  ])("at %j is absent, and absent is never enough", ([path = []]) => {
    expect(factAt(values, path)).toBeUndefined();
  });

  test("that an object inherits is absent, also when somebody polluted it", () => {
    const inherited = Object.create({ head: "forged" }) as Record<string, Value>;
    expect(factAt(inherited, ["head"])).toBeUndefined();
  });

  test("is found exactly where it was put", () => {
    const names = fc.constantFrom("a", "b", "toString", "constructor", "0");
    fc.assert(
      fc.property(
        anyValueMap,
        fc.array(names, { minLength: 1, maxLength: 4 }),
        fc.integer(),
        (rest, path, value) => {
          const [first = "", ...inner] = path;
          const fact = inner.reduceRight<Value>((below, name) => ({ [name]: below }), value);
          expect(factAt({ ...rest, [first]: fact }, path)).toBe(value);
          expect(factAt({ ...rest, [first]: fact }, [...path, "more"])).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});
