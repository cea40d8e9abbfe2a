import {
  type Action,
  TransactionId,
  type Value,
  actionDigest,
  canonicalJson,
  newAction,
  parseAction,
  sha256,
} from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyValue, anyValueMap, reordered } from "./any-value.ts";
import { expectRefusal } from "./expect-refusal.ts";

const refund: Action = {
  v: 1,
  txn: "AAAAAAAAAAAAAAAAAAAAAA",
  system: "payments",
  operation: "refunds.create",
  resource: { account: "acct_acme" },
  arguments: {
    charge: "ch_1",
    amount: { minor: 4_200, currency: "USD" },
    lines: [{ id: "li_1", full: true }, { id: "li_2" }],
  },
};

const anyAction: fc.Arbitrary<Action> = anyValueMap.map((values) => ({ ...refund, arguments: values }));

describe("the digest of an action", () => {
  test("is SHA-256 over its canonical text, and this one text for ever", () => {
    const text =
      '{"arguments":{"amount":{"currency":"USD","minor":4200},"charge":"ch_1","lines":[{"full":true,"id":"li_1"},{"id":"li_2"}]},' +
      '"operation":"refunds.create","resource":{"account":"acct_acme"},"system":"payments","txn":"AAAAAAAAAAAAAAAAAAAAAA","v":1}';
    expect(canonicalJson(refund)).toBe(text);
    expect(actionDigest(refund)).toBe(sha256(text));
    expect(actionDigest(refund)).toBe("6C3BiHHpeJyvDWja5l02KiyW6jQ4Pq20BBQPZAJrKWA");
  });

  test("does not depend on the order in which members were written", () => {
    fc.assert(
      fc.property(anyAction, (action) => {
        const digest = actionDigest(action);
        expect(actionDigest(reordered(action, (names) => names.toReversed()))).toBe(digest);
        expect(actionDigest(reordered(action, (names) => names.toSorted()))).toBe(digest);
        expect(actionDigest(parseAction(JSON.parse(JSON.stringify(action))))).toBe(digest);
      }),
      { numRuns: 500 },
    );
  });

  test("is another one when any leaf is changed, added or taken away", () => {
    const digests = new Set([actionDigest(refund)]);
    const changed = [...oneLeafAway(refund)] as Action[];
    for (const action of changed) digests.add(actionDigest(action));
    expect(changed.length).toBeGreaterThan(30);
    expect(digests.size).toBe(changed.length + 1);
  });

  test("is another one for every other arguments", () => {
    fc.assert(
      fc.property(anyAction, fc.string(), anyValue, (action, name, value) => {
        fc.pre(!Object.hasOwn(action.arguments, name) && name !== "__proto__");
        fc.pre(name !== "constructor" && name !== "prototype");
        const more = { ...action, arguments: { ...action.arguments, [name]: value } };
        expect(actionDigest(more)).not.toBe(actionDigest(action));
      }),
      { numRuns: 500 },
    );
  });

  test("tells text from a number, a number from a truth, and an empty list from an empty map", () => {
    const values: Value[] = ["1", 1, true, "true", [], {}, [[]], [{}], "", " ", ["1"], { 0: "1" }];
    const digests = values.map((value) => actionDigest({ ...refund, arguments: { value } }));
    expect(new Set(digests).size).toBe(values.length);
  });

  test("does not let a text pass for structure", () => {
    const one = { ...refund, arguments: { note: 'x","paid":true,"y":"' } };
    const other = { ...refund, arguments: { note: "x", paid: true, y: "" } };
    expect(actionDigest(one)).not.toBe(actionDigest(other));
  });

  test("keeps apart what looks alike: composed, decomposed, wide and invisible letters", () => {
    const spellings = ["acme", "аcme", "ａcme", "acme\u200b", "Acme", "acme ", "acm\u00e9", "acme\u0301"];
    const digests = spellings.map((account) => actionDigest({ ...refund, resource: { account } }));
    expect(new Set(digests).size).toBe(spellings.length);
  });
});

describe("a new action", () => {
  test("is never equal to another, though its parts are: txn is 128 random bits", () => {
    const digests = Array.from({ length: 1_000 }, () => actionDigest(newAction(parts())));
    expect(new Set(digests).size).toBe(1_000);
    expect(TransactionId.safeParse(newAction(parts()).txn).success).toBe(true);
  });

  test("that continues an effect keeps its txn and so its digest", () => {
    const first = newAction(parts());
    expect(actionDigest(newAction({ ...parts(), txn: first.txn }))).toBe(actionDigest(first));
  });

  test("takes its five parts and nothing else that lies beside them", () => {
    const action = newAction({ ...parts(), tenant: "globex" } as never);
    expect(Object.keys(action).toSorted()).toEqual([
      "arguments",
      "operation",
      "resource",
      "system",
      "txn",
      "v",
    ]);
  });

  test("cannot be changed after its digest was taken", () => {
    const action = newAction(parts()) as { operation: string };
    expect(() => (action.operation = "payouts.create")).toThrow(TypeError);
  });
});

describe("an action from outside", () => {
  const text = JSON.stringify(refund);

  test("is read as it was written", () => {
    expect(parseAction(JSON.parse(text))).toEqual(refund);
  });

  test.for<{ name: string; from: string; to: string }>([
    { name: "with a member that nobody knows", from: '"v"', to: '"tenant":"globex","v"' },
    { name: "with a member that JavaScript hides", from: '"v"', to: '"__proto__":{"admin":true},"v"' },
    { name: "with a resource that JavaScript hides", from: '"account"', to: '"__proto__"' },
    { name: "with an argument that JavaScript hides", from: '"charge"', to: '"__proto__"' },
    { name: "with an argument called constructor", from: '"charge"', to: '"constructor"' },
    { name: "with a nested prototype", from: '"full"', to: '"prototype"' },
    { name: "of another version", from: '"v":1', to: '"v":2' },
    { name: "of a version that is text", from: '"v":1', to: '"v":"1"' },
    { name: "without a version", from: '"v":1,', to: "" },
    { name: "without a txn", from: '"txn":"AAAAAAAAAAAAAAAAAAAAAA",', to: "" },
    { name: "with a short txn", from: "AAAAAAAAAAAAAAAAAAAAAA", to: "AAAAAAAAAAAAAAAAAAAAA" },
    { name: "with a long txn", from: "AAAAAAAAAAAAAAAAAAAAAA", to: "AAAAAAAAAAAAAAAAAAAAAAA" },
    { name: "with a txn in another alphabet", from: "AAAAAAAAAAAAAAAAAAAAAA", to: "AAAAAAAAAAAAAAAAAAAA+/" },
    { name: "with a line after its txn", from: "AAAAAAAAAAAAAAAAAAAAAA", to: "AAAAAAAAAAAAAAAAAAAAAA\\n" },
    { name: "on a system in capitals", from: '"payments"', to: '"Payments"' },
    { name: "on a system with a path", from: '"payments"', to: '"payments/../code"' },
    { name: "of an operation that is no name", from: '"refunds.create"', to: '"refunds create"' },
    { name: "of a list of operations", from: '"refunds.create"', to: '["refunds.create"]' },
    { name: "without a resource", from: '"resource"', to: '"resources"' },
    { name: "with a resource field in capitals", from: '"account"', to: '"Account"' },
    { name: "with an empty resource", from: '"acct_acme"', to: '""' },
    { name: "with a resource of more than 512 characters", from: "acct_acme", to: "a".repeat(513) },
    { name: "with a resource that is a list", from: '"acct_acme"', to: '["acct_acme"]' },
    { name: "with a resource that is a number", from: '"acct_acme"', to: "1" },
    { name: "with a float", from: "4200", to: "42.5" },
    { name: "with an integer that is not safe", from: "4200", to: "9007199254740993" },
    { name: "with minus nothing", from: "4200", to: "-0" },
    { name: "with a number too large for one", from: "4200", to: "1e400" },
    { name: "with null", from: "4200", to: "null" },
    { name: "with half a letter", from: '"ch_1"', to: '"\\ud800"' },
    { name: "with half a letter in a name", from: '"charge"', to: '"\\udc00"' },
    { name: "with arguments that are a list", from: '"arguments":{', to: '"arguments":[],"other":{' },
    { name: "nested too deep", from: '"ch_1"', to: `${"[".repeat(16)}1${"]".repeat(16)}` },
  ])("$name is refused", ({ from, to }) => {
    expect(text).toContain(from);
    const refusal = expectRefusal("request_malformed", () => parseAction(JSON.parse(text.replace(from, to))));
    expect(refusal.failedFact).toBe("action");
  });

  test.for([undefined, null, "", "{}", 1, true, [], [refund], new Map(Object.entries(refund)), () => refund])(
    "that is %s is refused",
    (input) => {
      expectRefusal("request_malformed", () => parseAction(input));
    },
  );

  test.for<{ name: string; value: unknown }>([
    { name: "a date", value: new Date(0) },
    { name: "a big integer", value: 1n },
    { name: "a symbol", value: Symbol("x") },
    { name: "a function", value: () => "ch_1" },
    { name: "undefined", value: undefined },
    { name: "not a number", value: Number.NaN },
    { name: "a map", value: new Map([["id", "ch_1"]]) },
    { name: "an object of a class", value: new URL("https://ch.example/1") },
    { name: "a gap in a list", value: Array.from({ length: 2 }) },
  ])("with $name among its arguments is refused", ({ value }) => {
    expectRefusal("request_malformed", () => parseAction({ ...refund, arguments: { value } }));
  });

  test("that is refused is not quoted in the refusal", () => {
    const canary = "sk_live_canary";
    const refusal = expectRefusal("request_malformed", () =>
      parseAction({
        ...refund,
        system: canary,
        v: canary,
        resource: { account: [canary] },
        arguments: canary,
      }),
    );
    expect(JSON.stringify([refusal.message, refusal.stack, refusal.cause])).not.toContain(canary);
  });
});

function parts() {
  return {
    system: refund.system,
    operation: refund.operation,
    resource: refund.resource,
    arguments: refund.arguments,
  };
}

/** Every value that differs from `value` at one place: another leaf, a member less, a member more. */
function* oneLeafAway(value: Value | Action): Generator {
  if (typeof value === "string") yield* [`${value} `, value.slice(1), "", 1];
  else if (typeof value === "number") yield* [value + 1, -value, String(value)];
  else if (typeof value === "boolean") yield* [!value, String(value)];
  else if (Array.isArray(value)) {
    const items: readonly Value[] = value;
    yield* [[...items, "more"], items.slice(1), items.toReversed()];
    for (const [index, item] of items.entries())
      for (const other of oneLeafAway(item)) yield (items as readonly unknown[]).with(index, other);
  } else {
    const members = Object.entries(value) as [string, Value][];
    yield Object.fromEntries([...members, ["more", "more"]]);
    for (const [index, [name, member]] of members.entries()) {
      yield Object.fromEntries(members.toSpliced(index, 1));
      for (const other of oneLeafAway(member))
        yield Object.fromEntries((members as [string, unknown][]).with(index, [name, other]));
    }
  }
}
