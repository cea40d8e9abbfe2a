import { Capability, Ceiling, type CoveredAction, ceilingAllows, intersect } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyCeiling } from "./any-capability.ts";
import { WORLD, meaningOf } from "./slow-capability.ts";

const capability: Capability = {
  system: "payments",
  operation: "refunds.create",
  resource: { account: ["acct_acme"] },
  limits: { amount: { max: { minor: 5_000, currency: "USD" } }, reason: { in: ["duplicate", "fraudulent"] } },
};
const action: CoveredAction = {
  system: "payments",
  operation: "refunds.create",
  resource: { account: "acct_acme" },
  arguments: { charge: "ch_1", amount: { minor: 5_000, currency: "USD" }, reason: "duplicate" },
};

describe("a ceiling", () => {
  test("allows exactly the actions that its capabilities spell out", () => {
    fc.assert(
      fc.property(anyCeiling, (ceiling) => {
        expect(new Set(WORLD.filter((each) => ceilingAllows(ceiling, each)))).toEqual(meaningOf(ceiling));
      }),
      { numRuns: 100 },
    );
  });

  test("that is empty allows nothing", () => {
    expect(WORLD.filter((each) => ceilingAllows([], each))).toEqual([]);
  });

  test("allows an action within it", () => {
    expect(ceilingAllows([capability], action)).toBe(true);
  });

  test.for<{ name: string; arguments: CoveredAction["arguments"] }>([
    { name: "one cent over the limit", arguments: { amount: { minor: 5_001, currency: "USD" } } },
    { name: "in another currency", arguments: { amount: { minor: 1, currency: "EUR" } } },
    { name: "of nothing in another currency", arguments: { amount: { minor: 0, currency: "JPY" } } },
    { name: "whose currency is spelled small", arguments: { amount: { minor: 1, currency: "usd" } } },
    { name: "whose currency is not decided yet", arguments: { amount: { minor: 1 } } },
    { name: "below nothing", arguments: { amount: { minor: -1, currency: "USD" } } },
    { name: "as a bare number", arguments: { amount: 1 } },
    { name: "as text", arguments: { amount: "1" } },
    { name: "as a list", arguments: { amount: [{ minor: 1, currency: "USD" }] } },
    { name: "with a member more", arguments: { amount: { minor: 1, currency: "USD", max: 1 } } },
  ])("does not allow an amount $name", ({ arguments: changed }) => {
    expect(ceilingAllows([capability], { ...action, arguments: { ...action.arguments, ...changed } })).toBe(
      false,
    );
  });

  test.for<{ name: string; change: Partial<CoveredAction> }>([
    { name: "on another system", change: { system: "code" } },
    { name: "of another operation", change: { operation: "refunds.list" } },
    { name: "on another account", change: { resource: { account: "acct_globex" } } },
    { name: "on an account spelled in capitals", change: { resource: { account: "ACCT_ACME" } } },
    { name: "on an account that is not named yet", change: { resource: {} } },
    {
      name: "with its limited amount left out",
      change: { arguments: { charge: "ch_1", reason: "duplicate" } },
    },
    {
      name: "with a value that is not listed",
      change: { arguments: { ...action.arguments, reason: "requested" } },
    },
    {
      name: "with a list where a listed value belongs",
      change: { arguments: { ...action.arguments, reason: ["duplicate"] } },
    },
  ])("does not allow an action $name", ({ change }) => {
    expect(ceilingAllows([capability], { ...action, ...change })).toBe(false);
  });

  test("does not add capabilities up: half of one and half of another are not a whole", () => {
    const small = { ...capability, resource: { account: ["acct_globex"] } };
    const large = { ...capability, limits: { amount: { max: { minor: 1, currency: "USD" } } } };
    expect(
      ceilingAllows([small, large], {
        ...action,
        arguments: { ...action.arguments, amount: { minor: 5_000, currency: "USD" } },
      }),
    ).toBe(false);
  });

  test.for(["constructor", "toString", "hasOwnProperty", "__proto__"])(
    "does not take %s of every object for a field or argument",
    (name) => {
      const field = { ...capability, resource: { [name]: ["x"] }, limits: {} };
      const argument = { ...capability, resource: {}, limits: { [name]: { in: ["x"] } } };
      expect(ceilingAllows([field], action)).toBe(false);
      expect(ceilingAllows([argument], action)).toBe(false);
    },
  );
});

describe("what two ceilings share", () => {
  const only = (parts: Partial<Capability>): Ceiling => [{ ...capability, ...parts }];

  test("is left out where it is nothing, so that the ceiling can be written down and read again", () => {
    const accounts = ["acct_globex", "acct_initech"];
    expect(intersect([capability], only({ resource: { account: accounts } }))).toEqual([]);
    expect(intersect([capability], only({ limits: { reason: { in: ["requested"] } } }))).toEqual([]);
    const shared = intersect([capability], only({ resource: { account: [...accounts, "acct_acme"] } }));
    expect(Ceiling.parse(shared)).toEqual([capability]);
  });
});

describe("a capability from outside", () => {
  const parsed = (text: string): boolean => Capability.safeParse(JSON.parse(text)).success;
  const wellFormed = JSON.stringify(capability);

  test("is read as it was written", () => {
    expect(Capability.parse(JSON.parse(wellFormed))).toEqual(capability);
  });

  test.for<{ name: string; from: string; to: string }>([
    { name: "with a member that nobody knows", from: '"system"', to: '"tenant":"acme","system"' },
    { name: "without limits", from: '"limits"', to: '"limit"' },
    { name: "with an empty list of accounts", from: '["acct_acme"]', to: "[]" },
    { name: "with an empty account", from: '"acct_acme"', to: '""' },
    { name: "with an account that is not text", from: '"acct_acme"', to: "1" },
    { name: "with a limit of no kind", from: '{"in":["duplicate","fraudulent"]}', to: "{}" },
    { name: "with a limit of two kinds", from: '{"in":', to: '{"max":{"minor":1,"currency":"USD"},"in":' },
    { name: "with an amount that is a float", from: "5000", to: "5000.5" },
    { name: "with an amount below nothing", from: "5000", to: "-1" },
    { name: "with an amount over the safe integers", from: "5000", to: "9007199254740992" },
    { name: "with an amount without a currency", from: ',"currency":"USD"', to: "" },
    { name: "with a system in capitals", from: '"payments"', to: '"Payments"' },
    { name: "with a limit on a name with a space before it", from: '"reason":', to: '" reason":' },
    { name: "with a limit on a name with more after it", from: '"reason":', to: '"reason.of":' },
    { name: "with a limit on a name that begins with a digit", from: '"reason":', to: '"1reason":' },
    { name: "with a limit on a name of 65 characters", from: '"reason":', to: `"${"r".repeat(65)}":` },
    { name: "with a limit that JavaScript hides", from: '"reason":', to: '"__proto__":' },
    { name: "with a field that JavaScript hides", from: '"account":', to: '"__proto__":' },
    { name: "with a capability that JavaScript hides", from: '{"system"', to: '{"__proto__":{},"system"' },
  ])("$name is refused", ({ from, to }) => {
    expect(wellFormed).toContain(from);
    expect(parsed(wellFormed.replace(from, to))).toBe(false);
  });

  test("says what is wrong with it when JavaScript hides a part", () => {
    const hidden = JSON.parse(wellFormed.replace('"reason":', '"__proto__":')) as unknown;
    expect(Capability.safeParse(hidden).error?.issues).toMatchObject([
      { path: ["limits"], message: "holds something that is not a value" },
    ]);
  });

  test("comes in a ceiling of at most 1,024", () => {
    expect(Ceiling.safeParse(Array.from({ length: 1_024 }, () => capability)).success).toBe(true);
    expect(Ceiling.safeParse(Array.from({ length: 1_025 }, () => capability)).success).toBe(false);
  });
});
