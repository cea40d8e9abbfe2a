import { type BindingsManifest, ProposedMoney, describeOperation, operation } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { describeFinding, lintPolicy, parsePolicy } from "../src/index.ts";
import type { LintOptions } from "../src/index.ts";
import { REFUND_POLICY, changed } from "./refund-policy.ts";

const refundsCreate = operation({
  name: "refunds.create",
  access: "write",
  title: "Refund a charge",
  resource: { account: "Account that owns the charge" },
  arguments: z.strictObject({ charge: z.string(), amount: ProposedMoney.optional() }),
  references: ["charge"],
  decided: ["amount"],
  example: { charge: "ch_1" },
});
const chargesRetrieve = operation({
  name: "charges.retrieve",
  access: "read",
  title: "Read a charge",
  resource: { account: "Account that owns the charge" },
  arguments: z.strictObject({ charge: z.string() }),
  references: ["charge"],
  decided: [],
  example: { charge: "ch_1" },
});
const stripe = { adapter: "stripe", operations: { refundsCreate, chargesRetrieve } };
const catalogues = { payments: stripe };

const bindings = (
  ...entries: [tool: string, entry: typeof refundsCreate | typeof chargesRetrieve][]
): BindingsManifest => ({
  watchword: 1,
  tools: entries.map(([name, entry]) => ({ name, system: "payments", operation: entry.name })),
  unguarded: [],
  systems: {
    payments: {
      operations: Object.fromEntries(entries.map(([, entry]) => [entry.name, describeOperation(entry)])),
    },
  },
});

const lint = (text: string, options: LintOptions = {}): string[] =>
  lintPolicy(parsePolicy([{ name: "policy.yaml", text }]), options).map(describeFinding);

/** The refund policy with more grants after its own; the lines of the first are 20 and on. */
const withGrants = (...grants: string[]): string =>
  `${REFUND_POLICY}${grants.map((grant) => `  - ${grant}\n`).join("")}`;
const OPEN =
  '{ id: zz-open, agent: support, operation: payments/refunds.create, resource: { account: "${tenant.payments.account}" }, lease: { action: 60s } }';

test("a policy that fits its catalogues and tools has no finding", () => {
  expect(lint(REFUND_POLICY)).toEqual([]);
  expect(lint(REFUND_POLICY, { catalogues, manifest: bindings(["refund", refundsCreate]) })).toEqual([]);
});

describe("what does not fit the operations", () => {
  const text = changed(REFUND_POLICY, "sum: args.amount", "sum: args.total");
  const finding =
    "policy.yaml:17:15  error  does-not-fit  refunds.create has no argument total (it has: charge, amount)";

  test("is the same error by a catalogue, by a manifest, and once by both", () => {
    const manifest = bindings(["refund", refundsCreate]);
    expect(lint(text, { catalogues })).toEqual([finding]);
    expect(lint(text, { manifest })).toEqual([finding]);
    expect(lint(text, { catalogues, manifest })).toEqual([finding]);
  });

  test("is not said of an operation that a manifest does not describe: it knows only what tools use", () => {
    expect(lint(text, { manifest: bindings(["lookup", chargesRetrieve]) }).join("\n")).not.toContain(
      "does-not-fit",
    );
  });
});

describe("grants and tools", () => {
  test("a grant that no tool can use is authority for nobody", () => {
    expect(lint(REFUND_POLICY, { manifest: bindings() })).toEqual([
      "policy.yaml:10:5  warning  grant-without-tool  no tool is bound to payments/refunds.create: refund can never be used by these tools",
    ]);
  });

  test("a tool that no grant lets through will always be denied", () => {
    const manifest = bindings(["refund", refundsCreate], ["lookup", chargesRetrieve]);
    expect(lint(REFUND_POLICY, { manifest })).toEqual([
      "policy.yaml:1:1  error  tool-without-grant  no grant allows payments/charges.retrieve: every call of the tool lookup will be denied",
    ]);
  });

  test("a shadow grant lets no tool through", () => {
    const text = changed(REFUND_POLICY, "lease: { action: 60s }", "lease: { action: 60s }\n    mode: shadow");
    expect(lint(text, { manifest: bindings(["refund", refundsCreate]) })).toEqual([
      expect.stringContaining("error  tool-without-grant  no grant allows payments/refunds.create"),
    ]);
  });
});

describe("a grant without conditions", () => {
  test("overrules every other one for the same: their conditions never refuse anything", () => {
    expect(lint(withGrants(OPEN), { catalogues })).toEqual([
      "policy.yaml:8:5  error  grant-overruled  zz-open allows the same without conditions, so where, user, background, window, approval, budget, once of refund never refuses anything",
      "policy.yaml:20:7  warning  write-without-condition  zz-open writes without any condition beyond its resource",
    ]);
  });

  test.each([
    ["another operation", OPEN.replace("refunds.create", "charges.retrieve")],
    ["another resource", OPEN.replace('"${tenant.payments.account}"', '"${tenant.id}"')],
    ["fewer agents", OPEN.replace("agent: support", "agent: reader")],
    ["nobody, in shadow mode,", OPEN.replace("lease:", "mode: shadow, lease:")],
  ])("of %s overrules nothing", (_title, grant) => {
    const text = changed(withGrants(grant), "agents: { support:", "agents: { reader: {}, support:");
    const used = changed(text, "agents: [support]", "agents: [support, reader]").concat(
      '  - { id: read, agent: reader, operation: payments/charges.retrieve, resource: { account: "${tenant.id}" }, lease: { action: 60s } }\n',
    );
    expect(lint(used, { catalogues }).join("\n")).not.toContain("grant-overruled");
  });

  test("that repeats another one is said once, of the later", () => {
    const text = withGrants(OPEN, OPEN.replace("zz-open", "zzz-open"));
    expect(lint(text, { catalogues }).filter((line) => line.includes("grant-repeated"))).toEqual([
      "policy.yaml:21:7  warning  grant-repeated  zz-open allows the same; zzz-open adds nothing",
    ]);
  });

  test("may read, where a catalogue or a manifest says that it only does", () => {
    const read = OPEN.replace("refunds.create", "charges.retrieve");
    expect(lint(withGrants(read), { catalogues })).toEqual([]);
    expect(lint(withGrants(read))).toEqual([
      "policy.yaml:20:7  warning  write-without-condition  zz-open has no condition beyond its resource, and nothing given here says that payments/charges.retrieve only reads",
    ]);
  });
});

test("a lease of more than 15 minutes is a warning, one of 15 is none", () => {
  expect(lint(changed(REFUND_POLICY, "action: 60s", "action: 15m"))).toEqual([]);
  expect(lint(changed(REFUND_POLICY, "action: 60s", "action: 901s"))).toEqual([
    "policy.yaml:19:14  warning  long-lease  a lease of 901s is longer than 15m: a credential that is taken lives as long",
  ]);
});

describe("a grant by which an agent could write the policy's own repository", () => {
  const CODE = `watchword: 1
systems: { code: { adapter: github } }
agents: { coder: {} }
workloads: { ci: { identity: { localKey: ci }, agents: [coder], tenant: { fixed: acme } } }
grants:
  - id: merge
    agent: coder
    operation: code/pull_requests.merge
    resource: { repository: "REPOSITORY" }
    user: verified
    lease: { action: 60s }
`;
  const merge = (access: "read" | "write") =>
    operation({
      name: "pull_requests.merge",
      access,
      title: "Merge",
      resource: { repository: "owner/name" },
      arguments: z.strictObject({}),
      references: [],
      decided: [],
      example: {},
    });
  const own = (resource: string, options: LintOptions = {}, text = CODE): string[] =>
    lint(text.replace('{ repository: "REPOSITORY" }', resource), {
      repository: "acme/policy",
      ...options,
    }).filter((line) => line.includes("own-repository"));
  const SHARED = "\n    shared: one repository for all tenants";

  test.each([
    ["by name", `{ repository: acme/policy }${SHARED}`],
    ["in other case", `{ repository: Acme/Policy }${SHARED}`],
    ["by a tenant whose account could be the owner", '{ repository: "${tenant.code.account}/policy" }'],
    ["by a tenant's id as part of the name", '{ repository: "acme/${tenant.id}" }'],
    ["by a template alone", '{ repository: "${tenant.id}" }'],
    ["by name without owner", `{ repository: policy }${SHARED}`],
    ["because no repository is named", '{ organization: "${tenant.code.account}" }'],
  ])("is an error %s", (_title, resource) => {
    expect(own(resource)).toEqual([
      expect.stringMatching(
        /^policy.yaml:9:\d+ {2}error {2}own-repository {2}coder could write acme\/policy, where this policy stands/,
      ),
    ]);
  });

  test.each([
    ["another repository of the owner", `{ repository: acme/app }${SHARED}`],
    ["one whose name only contains it", `{ repository: acme/policy-app }${SHARED}`],
    ["one that a dot could stand for", `{ repository: acme/p.licy }${SHARED}`],
    ["another repository of whatever tenant", '{ repository: "${tenant.code.account}/app" }'],
  ])("is not one for %s", (_title, resource) => {
    expect(own(resource)).toEqual([]);
  });

  test("is not one for what only reads, for another adapter, in shadow mode, or without the name", () => {
    const resource = `{ repository: acme/policy }${SHARED}`;
    const github = (access: "read" | "write") => ({
      code: { adapter: "github", operations: { merge: merge(access) } },
    });
    expect(own(resource, { catalogues: github("read") })).toEqual([]);
    expect(own(resource, { catalogues: github("write") })).toHaveLength(1);
    expect(own(resource, {}, CODE.replace("adapter: github", "adapter: stripe"))).toEqual([]);
    expect(own(resource, {}, CODE.replace("lease:", "mode: shadow\n    lease:"))).toEqual([]);
    expect(lint(CODE.replace('{ repository: "REPOSITORY" }', resource))).toEqual([]);
  });
});

test("findings of several files stand in the order of the files, lines and columns", () => {
  const second = `watchword: 1\ngrants:\n  - ${OPEN}\n`;
  const policy = parsePolicy([
    { name: "b.yaml", text: REFUND_POLICY },
    { name: "a.yaml", text: second },
  ]);
  expect(lintPolicy(policy, { catalogues }).map(({ file, line, rule }) => [file, line, rule])).toEqual([
    ["a.yaml", 3, "write-without-condition"],
    ["b.yaml", 8, "grant-overruled"],
  ]);
});
