import { recordId } from "@watchword/adapter-salesforce";
import * as fc from "fast-check";
import { expect, test } from "vitest";

test("15 characters have one spelling of 18, which says what letters were capital", () => {
  expect(recordId("00570000001ZwTi")).toBe("00570000001ZwTiAAK");
  expect(recordId("500000000000001")).toBe("500000000000001AAA");
  expect(recordId("ABCDEabcdeABCDE")).toBe("ABCDEabcdeABCDE5A5");
  const id = fc.stringMatching(/^[A-Za-z0-9]{15}$/);
  fc.assert(
    fc.property(id, id, (one, other) => {
      expect(recordId(recordId(one))).toBe(recordId(one));
      // Also where case does not count, two records are two texts.
      if (one !== other) expect(recordId(one).toLowerCase()).not.toBe(recordId(other).toLowerCase());
    }),
  );
});

test.for(["", "500", "500000000000001aaa", "500000000000001AAB", "50000000000000é", "500000000000001AAA "])(
  "%j is none",
  (text) => {
    expect(() => recordId(text)).toThrow(TypeError);
  },
);
