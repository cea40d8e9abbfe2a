import {
  type Catalogue,
  type Operation,
  findOperation,
  operation,
  parseArguments,
  system,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { expectRefusal } from "./expect-refusal.ts";
import { refundsCreate } from "./refund-operation.ts";

const catalogue = Object.freeze({
  adapter: "stripe",
  operations: Object.freeze({ refundsCreate }),
}) satisfies Catalogue;

/** The operation as code that knows no catalogue holds it: without its own argument types. */
const entry: Operation = refundsCreate;

describe("an operation", () => {
  test("is found by its dotted name", () => {
    expect(findOperation(catalogue, "refunds.create")).toBe(refundsCreate);
  });

  test.for([
    "refundsCreate",
    "refunds.Create",
    "refunds.create ",
    "refunds",
    "refunds.*",
    "*",
    "",
    "constructor",
    "__proto__",
    "toString",
  ])("is unknown by %j, which everywhere means deny", (name) => {
    expect(findOperation(catalogue, name)).toBeUndefined();
  });

  test("cannot be made a read after it was declared a write", () => {
    const declared = operation({ ...refundsCreate });
    expect(() => ((declared as { access: string }).access = "read")).toThrow(TypeError);
    expect(declared.access).toBe("write");
  });

  test("is named for bindings under the name that a deployment gave its system", () => {
    const payments = system("payments", catalogue);
    expect(payments.refundsCreate).toEqual({ system: "payments", operation: refundsCreate });
    expect(Object.keys(payments)).toEqual(["refundsCreate"]);
    expect(() => ((payments as { other?: unknown }).other = 1)).toThrow(TypeError);
    expect(() => ((payments.refundsCreate as { system: string }).system = "code")).toThrow(TypeError);
  });
});

describe("arguments", () => {
  test("are read by the operation's own schema", () => {
    const given = {
      charge: "ch_1",
      amount: { minor: 1, currency: "USD" },
      lines: [{ id: "li_1", full: true }],
    };
    expect(parseArguments(entry, given)).toEqual(given);
  });

  test("that were left out stay out: undefined is not a value", () => {
    const parsed = parseArguments(entry, { charge: "ch_1", amount: undefined });
    expect(Object.keys(parsed)).toEqual(["charge"]);
  });

  test.for<[name: string, input: unknown]>([
    ["one that the operation does not have", { charge: "ch_1", expand: "all" }],
    ["one that JavaScript hides", JSON.parse('{"charge":"ch_1","__proto__":{"admin":true}}')],
    ["one that every object inherits", { charge: "ch_1", toString: "x" }],
    ["one of another type", { charge: 1 }],
    ["one nested that is not known", { charge: "ch_1", lines: [{ id: "li_1", full: true, more: 1 }] }],
    ["an amount that is a number", { charge: "ch_1", amount: 42 }],
    ["an amount that is a float", { charge: "ch_1", amount: { minor: 0.5 } }],
    ["an amount in a currency that is none", { charge: "ch_1", amount: { minor: 1, currency: "usd" } }],
    ["a float", { charge: "ch_1", copies: 1.5 }],
    ["minus nothing", { charge: "ch_1", copies: -0 }],
    ["half a letter", { charge: "\ud800" }],
    ["null", { charge: "ch_1", notify: null }],
    ["none of those that it needs", {}],
    ["a list", ["ch_1"]],
    ["text", "ch_1"],
    ["nothing", undefined],
  ])("with %s are refused", ([, input]) => {
    const refusal = expectRefusal("request_malformed", () => parseArguments(entry, input));
    expect(refusal.failedFact).toBe("action");
    expect(refusal.message).toContain("refunds.create");
  });

  test.for<[name: string, schema: z.ZodType]>([
    ["a date", z.date().default(() => new Date(0))],
    ["a float", z.number().default(0.5)],
    ["null", z.null().default(null)],
    ["a big integer", z.bigint().default(1n)],
    ["undefined within", z.object({ a: z.undefined() }).default({ a: undefined })],
  ])("that a careless schema turns into %s are refused after it", ([, schema]) => {
    const careless = {
      ...refundsCreate,
      arguments: z.strictObject({ value: schema }),
    } as unknown as Operation;
    const refusal = expectRefusal("request_malformed", () => parseArguments(careless, {}));
    expect(refusal.message).toContain("not a value");
  });

  test("are not quoted when they are refused, only their places are", () => {
    const refusal = expectRefusal("request_malformed", () =>
      parseArguments(entry, { charge: ["canary"], amount: { minor: "canary" }, notify: "canary" }),
    );
    for (const place of ["charge: invalid_type", "amount.minor: invalid_type", "notify: invalid_type"])
      expect(refusal.message).toContain(place);
    expect(`${refusal.message} ${refusal.stack} ${String(refusal.cause)}`).not.toContain("canary");
  });
});
