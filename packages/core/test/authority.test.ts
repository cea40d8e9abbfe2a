import { type SeenAction, type Value, canonicalJson, requestProblem, sameAuthority } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyValue, anyValueMap, reordered } from "./any-value.ts";
import { refund, refundsCreate, seenRefund } from "./refund-operation.ts";

const problemOf = (seen: SeenAction): string | undefined => requestProblem(refundsCreate, refund, seen);
const withArguments = (change: Readonly<Record<string, Value>>): SeenAction => ({
  ...seenRefund,
  arguments: { ...seenRefund.arguments, ...change },
});
const without = (name: string): SeenAction => ({
  ...seenRefund,
  arguments: Object.fromEntries(Object.entries(seenRefund.arguments).filter(([each]) => each !== name)),
});

describe("a request that is exactly what was decided", () => {
  test("has no problem", () => {
    expect(problemOf(seenRefund)).toBeUndefined();
  });

  test("may write its members in any order", () => {
    expect(problemOf(reordered(seenRefund, (names) => names.toReversed()))).toBeUndefined();
  });

  test("may leave out what the gateway writes into it", () => {
    expect(problemOf(without("amount"))).toBeUndefined();
  });

  test("may give the amount without its currency, where the charge has only one", () => {
    expect(problemOf(withArguments({ amount: { minor: 4_200 } }))).toBeUndefined();
  });

  test("need not repeat what its connection says: the account", () => {
    expect(problemOf({ ...seenRefund, resource: {} })).toBeUndefined();
  });
});

describe("a request that differs in one place is named by that place", () => {
  test.for<[name: string, seen: SeenAction, problem: string]>([
    ["another operation", { ...seenRefund, operation: "refunds.list" }, "operation"],
    ["an operation in capitals", { ...seenRefund, operation: "Refunds.create" }, "operation"],
    ["no operation", { ...seenRefund, operation: "" }, "operation"],
    [
      "another account",
      { ...seenRefund, resource: { account: "acct_globex", region: "eu" } },
      "resource.account",
    ],
    [
      "another region",
      { ...seenRefund, resource: { account: "acct_acme", region: "us" } },
      "resource.region",
    ],
    ["an empty account", { ...seenRefund, resource: { account: "" } }, "resource.account"],
    ["a field more", { ...seenRefund, resource: { ...refund.resource, tenant: "acme" } }, "resource.tenant"],
    ["a field of every object", { ...seenRefund, resource: { constructor: "acme" } }, "resource.constructor"],
    ["another charge", withArguments({ charge: "ch_2" }), "arguments.charge"],
    ["a charge in capitals", withArguments({ charge: "CH_1" }), "arguments.charge"],
    ["a list of the charge", withArguments({ charge: ["ch_1"] }), "arguments.charge"],
    ["one cent more", withArguments({ amount: { minor: 4_201, currency: "USD" } }), "arguments.amount"],
    ["one cent less", withArguments({ amount: { minor: 4_199 } }), "arguments.amount"],
    ["another currency", withArguments({ amount: { minor: 4_200, currency: "JPY" } }), "arguments.amount"],
    [
      "a currency in small letters",
      withArguments({ amount: { minor: 4_200, currency: "usd" } }),
      "arguments.amount",
    ],
    ["an empty currency", withArguments({ amount: { minor: 4_200, currency: "" } }), "arguments.amount"],
    ["an amount as text", withArguments({ amount: { minor: "4200" } }), "arguments.amount"],
    ["a bare amount", withArguments({ amount: 4_200 }), "arguments.amount"],
    ["an empty amount", withArguments({ amount: {} }), "arguments.amount"],
    ["an amount that says more", withArguments({ amount: { minor: 4_200, tax: 1 } }), "arguments.amount"],
    ["a list of the amount", withArguments({ amount: [{ minor: 4_200 }] }), "arguments.amount"],
    ["another truth", withArguments({ notify: true }), "arguments.notify"],
    ["a truth as text", withArguments({ notify: "false" }), "arguments.notify"],
    ["a number as text", withArguments({ copies: "1" }), "arguments.copies"],
    ["lines the other way round", withArguments({ lines: lines().toReversed() }), "arguments.lines"],
    ["a line less", withArguments({ lines: lines().slice(1) }), "arguments.lines"],
    ["a line twice", withArguments({ lines: [...lines(), ...lines()] }), "arguments.lines"],
    [
      "a line that says more",
      withArguments({ lines: [{ id: "li_1", full: true, more: 1 }] }),
      "arguments.lines",
    ],
    ["no charge", without("charge"), "arguments.charge"],
    ["no lines", without("lines"), "arguments.lines"],
    ["no truth", without("notify"), "arguments.notify"],
    ["no number", without("copies"), "arguments.copies"],
    ["an argument more", withArguments({ expand: "all" }), "arguments.expand"],
    ["an empty argument more", withArguments({ expand: "" }), "arguments.expand"],
    ["an argument of every object", withArguments({ toString: "x" }), "arguments.toString"],
    ["no arguments at all", { ...seenRefund, arguments: {} }, "arguments.charge"],
  ])("%s", ([, seen, problem]) => {
    expect(problemOf(seen)).toBe(problem);
  });

  test("even when the argument is one that the gateway decides but nobody decided", () => {
    const undecided = { ...refund, arguments: { charge: "ch_1" } };
    const seen = { ...seenRefund, arguments: { charge: "ch_1", amount: { minor: 1 } } };
    expect(requestProblem(refundsCreate, undecided, seen)).toBe("arguments.amount");
  });

  test("and an amount whose currency nobody decided is not completed by the request", () => {
    const open = { ...refund, arguments: { charge: "ch_1", amount: { minor: 4_200 } } };
    const seen = { ...seenRefund, arguments: { charge: "ch_1", amount: { minor: 4_200, currency: "USD" } } };
    expect(requestProblem(refundsCreate, open, seen)).toBe("arguments.amount");
  });
});

describe("of any two values", () => {
  test("a request with one in the place of the other has a problem, unless they are equal", () => {
    fc.assert(
      fc.property(anyValue, anyValue, (decided, requested) => {
        const problem = requestProblem(
          { ...refundsCreate, decided: [] },
          { ...refund, arguments: { value: decided } },
          { ...seenRefund, arguments: { value: requested } },
        );
        const equal = canonicalJson(decided) === canonicalJson(requested);
        expect(problem).toBe(equal ? undefined : "arguments.value");
      }),
      { numRuns: 1_000 },
    );
  });

  test("each one alone, added to or taken from a request, is named", () => {
    fc.assert(
      fc.property(anyValueMap, anyValue, (values, value) => {
        fc.pre(!Object.hasOwn(values, "more"));
        const entry = { ...refundsCreate, decided: [] };
        const decided = { ...refund, arguments: { ...values, more: value } };
        const seen = { ...seenRefund, arguments: { ...values, more: value } };
        expect(requestProblem(entry, decided, seen)).toBeUndefined();
        expect(requestProblem(entry, decided, { ...seen, arguments: values })).toBe("arguments.more");
        expect(requestProblem(entry, { ...decided, arguments: values }, seen)).toBe("arguments.more");
      }),
      { numRuns: 500 },
    );
  });
});

describe("two authorities", () => {
  test("are the same in any order of their members", () => {
    expect(
      sameAuthority(
        refund,
        reordered(refund, (names) => names.toReversed()),
      ),
    ).toBe(true);
  });

  test.for<[name: string, change: Partial<typeof refund>]>([
    ["system", { system: "code" }],
    ["operation", { operation: "refunds.list" }],
    ["access", { access: "read" }],
    ["resource", { resource: { account: "acct_acme" } }],
    ["arguments", { arguments: { charge: "ch_1" } }],
    ["native permissions", { native: { scope: "refunds:write" } }],
  ])("that differ in %s are not, in either direction", ([, change]) => {
    expect(sameAuthority(refund, { ...refund, ...change })).toBe(false);
    expect(sameAuthority({ ...refund, ...change }, refund)).toBe(false);
  });
});

function lines(): readonly Value[] {
  return refund.arguments["lines"] as readonly Value[];
}
