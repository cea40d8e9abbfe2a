import type { Json } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type ClaimRules, claimsHold } from "../src/index.ts";
import { ClaimRules as Rules } from "../src/claim-rule.ts";

const CLAIMS: { readonly [name: string]: Json } = {
  groups: ["leads", "staff"],
  email_verified: true,
  level: 3,
  department: "payments",
  realm_access: { roles: ["approver", "viewer"], realm: "acme" },
  memberships: [
    { org: "acme", role: "admin" },
    { org: "globex", role: "viewer" },
  ],
  matrix: [["leads"]],
  nothing: null,
};

describe("claims hold", () => {
  test.each<[string, ClaimRules]>([
    ["a value in a list", { groups: "leads" }],
    ["a value", { department: "payments" }],
    ["a boolean", { email_verified: true }],
    ["a number", { level: 3 }],
    ["one of several values", { department: ["refunds", "payments"] }],
    ["one of several values in a list", { groups: ["board", "staff"] }],
    ["what is within a claim", { realm_access: { roles: "approver", realm: "acme" } }],
    ["one entry of a list as a whole", { memberships: { org: "acme", role: "admin" } }],
    ["each of several claims", { groups: "leads", email_verified: true }],
  ])("with %s", (_title, rules) => {
    expect(claimsHold(rules, CLAIMS)).toBe(true);
  });

  test.each<[string, ClaimRules]>([
    ["an absent claim", { team: "leads" }],
    ["a claim of every object", { constructor: "Object" }],
    ["part of a value", { groups: "lead" }],
    ["a value that looks like a pattern", { groups: ".*" }],
    ["a value in other letters", { groups: "Leads" }],
    ["a text for a boolean", { email_verified: "true" }],
    ["a text for a number", { level: "3" }],
    ["null for a text", { nothing: "null" }],
    ["none of several values", { department: ["refunds", "payment"] }],
    ["one of two claims", { groups: "leads", department: "refunds" }],
    ["another value within a claim", { realm_access: { roles: "admin" } }],
    ["a claim within one that has none", { groups: { roles: "leads" } }],
    ["a claim by its way with dots", { "realm_access.roles": "approver" }],
    ["a value where the claim holds claims", { realm_access: "acme" }],
    ["parts of two entries of a list", { memberships: { org: "acme", role: "viewer" } }],
    ["a value in a list within the list", { matrix: "leads" }],
    ["a text that has the list's form", { groups: "leads,staff" }],
    ["what every text has, within a claim that is text", { department: { length: 8 } }],
    ["anything within a claim that is a boolean", { email_verified: { roles: "approver" } }],
    ["anything within a claim that is null", { nothing: { roles: "approver" } }],
  ])("never with %s", (_title, rules) => {
    expect(claimsHold(rules, CLAIMS)).toBe(false);
  });
});

describe("rules about claims", () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `group ${index}`);
  test.each<[string, unknown]>([
    ["one value", { groups: "leads" }],
    ["64 values", { groups: many(64) }],
    ["three claims deep", { a: { b: { c: ["leads", true, 3] } } }],
  ])("may be %s", (_title, rules) => {
    expect(Rules.parse(rules)).toEqual(rules);
  });

  test.each<[string, unknown, RegExp]>([
    ["none, which would hold of everybody", {}, /names no claim, and so checks nothing/],
    ["none within a claim", { a: {} }, /names no claim, and so checks nothing/],
    ["no value", { groups: [] }, />=1 items/],
    ["65 values", { groups: many(65) }, /<=64 items/],
    ["an empty value", { groups: "" }, />=1 char/],
    ["about a claim without a name", { "": "leads" }, />=1 char/],
    ["a list within a list", { groups: [["leads"]] }, /Invalid input/],
    ["four claims deep", { a: { b: { c: { d: "leads" } } } }, /Invalid input/],
    ["a fraction", { level: 1.5 }, /Invalid input/],
    ["null", { level: null }, /Invalid input/],
  ])("are refused as %s", (_title, rules, message) => {
    const parsed = Rules.safeParse(rules);
    expect(JSON.stringify(parsed.error?.issues)).toMatch(message);
  });
});
