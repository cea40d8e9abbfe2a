import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { PolicyInvalid, type PolicyFile, definePolicy, parsePolicy } from "../src/index.ts";
import { anyPolicy } from "./any-decision.ts";
import { REFUND_POLICY } from "./refund-policy.ts";

const yaml = (text: string): ReturnType<typeof parsePolicy> => parsePolicy([{ name: "policy.yaml", text }]);

const refund: PolicyFile = {
  watchword: 1,
  systems: { payments: { adapter: "stripe" } },
  agents: { support: { owner: "team-support" } },
  workloads: {
    runtime: { identity: { localKey: "dev" }, agents: ["support"], tenant: { claim: "org_id" } },
  },
  approvers: { leads: { issuer: "https://login.example", claim: { groups: "leads" } } },
  grants: [
    {
      id: "refund",
      agent: "support",
      operation: "payments/refunds.create",
      resource: { account: "${tenant.payments.account}" },
      where: { "args.charge": { ownedBy: "tenant" }, "args.amount": { max: "200.00 USD" } },
      user: "verified",
      background: false,
      window: { days: "mon-fri", from: "09:00", to: "18:00", zone: "Europe/Berlin" },
      approval: { when: { "args.amount": { over: "50.00 USD" } }, by: "leads", expires: "30m" },
      budget: { sum: "args.amount", max: "1000.00 USD", per: "tenant", window: "24h" },
      once: { by: ["args.charge"], per: "24h" },
      lease: { action: "60s" },
    },
  ],
};

describe("a policy in code", () => {
  test("has the version of the same policy in YAML", () => {
    const defined = definePolicy(refund);
    expect(defined.version).toBe(yaml(REFUND_POLICY).version);
    expect(defined.canonical).toBe(yaml(REFUND_POLICY).canonical);
    expect(defined.grants).toEqual(yaml(REFUND_POLICY).grants);
  });

  test("has the version of any YAML that says the same", () => {
    fc.assert(
      fc.property(anyPolicy, (document) => {
        const text = stringify(document, { aliasDuplicateObjects: false });
        expect(yaml(text).version).toBe(definePolicy(document).version);
      }),
      { numRuns: 60 },
    );
  });

  test("keeps every text as it is, whatever letters are in it", () => {
    const letters = ["a", " ", "é", "🙂", "\u0000", "\u007f", "\u0085", "\u2028", "\uFEFF", "\uFFFF"];
    const syntax = [
      "\n",
      "\r",
      "\t",
      "\\",
      '"',
      "'",
      "#",
      ":",
      "%",
      "&",
      "*",
      "!",
      "<",
      "{",
      "}",
      "$",
      "-",
      "|",
    ];
    const text = fc.string({ unit: fc.constantFrom(...letters, ...syntax), minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, text, (owner, claim) => {
        fc.pre(!["<<", "__proto__", "constructor", "prototype"].includes(claim));
        const approvers = { leads: { issuer: owner, claim: { [claim]: owner } } };
        const { document } = definePolicy({ ...refund, agents: { support: { owner } }, approvers });
        expect(document.agents).toEqual({ support: { owner } });
        expect(document.approvers).toEqual(approvers);
      }),
      { numRuns: 200 },
    );
  });

  test("is not changed by changing the value that it was made of", () => {
    const value = structuredClone(refund);
    const policy = definePolicy(value);
    const grant = value.grants?.[0];
    if (grant === undefined) throw new Error("expected a grant");
    grant.where = {};
    grant.mode = "shadow";
    expect(policy.document).toEqual(definePolicy(refund).document);
  });

  test("is refused by the same rules, with every problem and its place in the value's JSON", () => {
    const [grant] = refund.grants ?? [];
    if (grant === undefined) throw new Error("expected a grant");
    const broken: PolicyFile = {
      watchword: 1,
      agents: { support: {} },
      grants: [{ ...grant, lease: { action: "1 minute" }, user: "asserted" as never }],
    };
    expect(() => definePolicy(broken)).toThrow(PolicyInvalid);
    expect(() => definePolicy(broken)).toThrow(
      /^policy_invalid: definePolicy:\d+:\d+ {2}grants\.0\.user: .*\ndefinePolicy:\d+:\d+ {2}grants\.0\.lease\.action: .*$/,
    );
  });

  test.each<[string, unknown]>([
    ["of a later version", { ...refund, watchword: 2 }],
    ["with a section nobody reads", { ...refund, tickets: {} }],
    ["with a name that reaches into prototypes", { ...refund, agents: JSON.parse('{"__proto__":{}}') }],
    ["without grants", { ...refund, grants: [] }],
    ["of null", null],
  ])("%s is refused", (_title, document) => {
    expect(() => definePolicy(document as PolicyFile)).toThrow(/^policy_invalid: definePolicy:/);
  });
});
