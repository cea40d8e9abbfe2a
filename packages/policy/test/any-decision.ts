import type { Ceiling, DecisionRequest, EvidenceFact, Facts, Value, ValueMap } from "@watchword/core";
import fc from "fast-check";
import type { Grant, PolicyDocument } from "../src/index.ts";

/** Drawn so that about every other condition holds: policies and requests share a few names and values. */
const AGENTS = ["ada", "bob"];
const SYSTEMS = ["pay", "code"];
const OPERATIONS = ["pay/refund", "code/merge"];
const PATHS = ["args.charge", "args.amount", "args.count", "args.path"];
const TENANTS: readonly DecisionRequest["tenant"][] = [
  { id: "acme", systems: { pay: { account: "acct-acme" }, code: { account: "org-acme" } } },
  { id: "globex", systems: { pay: { account: "acct-globex" } } },
];
type Rule = NonNullable<Grant["where"]>[string];
const [SUMMER_BEGINS, YEAR_ENDS] = [Date.UTC(2026, 2, 29) / 1_000, Date.UTC(2026, 11, 31) / 1_000];

const money = fc.constantFrom("0.00 USD", "5.00 USD", "50.00 USD", "200.00 USD", "5.00 EUR", "500 JPY");
const duration = fc.constantFrom("1s", "60s", "30m", "24h", "7d");

/** Each member is there one time in four, or in `oneIn`. */
function sparse<T>(
  members: { [Name in keyof T]: fc.Arbitrary<T[Name]> },
  oneIn = 4,
): fc.Arbitrary<Partial<T>> {
  const count = Object.keys(members).length;
  return fc
    .tuple(fc.record(members), fc.array(fc.nat({ max: oneIn - 1 }), { minLength: count, maxLength: count }))
    .map(
      ([all, drawn]) =>
        Object.fromEntries(
          Object.entries(all).filter((_, index) => drawn[index] === oneIn - 1),
        ) as Partial<T>,
    );
}

const rules = sparse<Record<string, Rule>>(
  {
    "args.charge": fc.constantFrom<Rule[]>(
      { ownedBy: "tenant" },
      { in: ["ch_1", "ch_2"] },
      { equals: "ch_1" },
      { ownedBy: "tenant", equals: "ch_1" },
    ),
    "args.amount": money.map((max): Rule => ({ max })),
    "args.count": fc.constantFrom<Rule[]>(
      { min: 1 },
      { max: 3 },
      { min: 1, max: 3 },
      { equals: 2 },
      { equals: true },
    ),
    "args.path": fc.constantFrom<Rule[]>({ prefix: "/" }, { prefix: "/docs" }, { prefix: "/docs/a/" }),
  },
  2,
) as fc.Arbitrary<Record<string, Rule>>;

const window = fc
  .record({
    days: fc.constantFrom("mon-fri", "fri-mon", "sat,sun", "sun-sat", "wed"),
    from: fc.constantFrom("00:00", "02:30", "09:00"),
    to: fc.constantFrom("03:00", "18:00", "24:00"),
    zone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"),
  })
  .filter(({ from, to }) => from < to);

const resources = fc.constantFrom<Pick<Grant, "resource" | "shared">[]>(
  { resource: { account: "${tenant.pay.account}" } },
  { resource: { account: "acct-${tenant.id}" } },
  { resource: { account: "acct-${tenant.id}", region: "eu" } },
  { resource: { account: "${tenant.code.account}" } },
  { resource: { region: "eu" }, shared: "one for all" },
  { resource: {}, shared: "any" },
);

const conditions = sparse<Partial<Grant>>({
  where: rules,
  user: fc.constant("verified"),
  background: fc.constant(false),
  window,
  approval: fc
    .tuple(fc.constantFrom("leads", "board"), duration, fc.option(money))
    .map(([by, expires, over]) => ({
      by,
      expires,
      ...(over === null ? {} : { when: { "args.amount": { over } } }),
    })),
  budget: fc.record({
    sum: fc.constant("args.amount"),
    max: money,
    per: fc.constantFrom("tenant", "run", "agent"),
    window: duration,
  }),
  once: fc.record({ by: fc.subarray(PATHS, { minLength: 1 }), per: duration }),
  evidence: fc.record({
    source: fc.constant("evals"),
    result: fc.constant("pass" as const),
    commit: fc.constantFrom("facts.head", "facts.base.head"),
    maxAge: duration,
  }),
  acceptAsserted: fc.constant(true),
  mode: fc.constant("shadow"),
});

const delegation: fc.Arbitrary<PolicyDocument["delegation"]> = fc.uniqueArray(
  fc.record({
    parent: fc.constantFrom(...AGENTS),
    child: fc.constantFrom(...AGENTS),
    grants: fc.subarray(["g0", "g1", "g2", "g3", "g4"], { minLength: 1 }),
    depth: fc.integer({ min: 1, max: 2 }),
    ttl: duration,
  }),
  { maxLength: 4, selector: ({ parent, child }) => `${parent}>${child}` },
);

const grant: fc.Arbitrary<Omit<Grant, "id">> = fc
  .tuple(
    fc.constantFrom<(string | string[])[]>("ada", "bob", ["ada", "bob"]),
    fc.constantFrom(...OPERATIONS),
    duration,
    resources,
    conditions,
  )
  .map(([agent, operation, action, resource, more]) => ({
    agent,
    operation,
    ...resource,
    ...more,
    lease: { action },
  }));

/** Uses every name that is declared, and never fits a request. */
const janitor = (operation: string, by: string): Grant => ({
  id: `zz-${operation.replace("/", "-")}`,
  agent: "janitor",
  operation,
  resource: { tenant: "${tenant.id}" },
  approval: { by, expires: "1m" },
  evidence: { source: "evals", result: "pass", commit: "facts.head", maxAge: "1m" },
  lease: { action: "1s" },
});

const KEY = { kty: "OKP", crv: "Ed25519", x: "A".repeat(43) } as const;

export const anyPolicy: fc.Arbitrary<PolicyDocument> = fc
  .tuple(fc.array(grant, { minLength: 1, maxLength: 6 }), delegation)
  .map(([grants, delegations]) => ({
    watchword: 1,
    systems: Object.fromEntries(SYSTEMS.map((name) => [name, { adapter: "any" }])),
    agents: { ada: {}, bob: {}, janitor: {} },
    workloads: { all: { identity: { localKey: "all" }, agents: AGENTS, tenant: { fixed: "acme" } } },
    approvers: {
      leads: { issuer: "https://login.example", claim: { groups: "leads" } },
      board: { issuer: "https://login.example", claim: { groups: "board" } },
    },
    starters: {},
    evidence: { evals: { issuer: "dsse", keys: [KEY], suite: "evals" } },
    delegation: delegations
      .map((rule) => ({
        ...rule,
        grants: rule.grants.filter((id) => [grants[Number(id.slice(1))]?.agent].flat().includes(rule.child)),
      }))
      .filter((rule) => rule.grants.length > 0)
      .toSorted((a, b) => (`${a.parent}>${a.child}` < `${b.parent}>${b.child}` ? -1 : 1)),
    grants: [
      ...grants.map((one, index): Grant => ({ ...one, id: `g${index}` })),
      janitor("code/none", "board"),
      janitor("pay/none", "leads"),
    ],
  }));

const amount: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(0, 1, 499, 500, 501, 5_000, 5_001, 20_000)
      .map((minor) => ({ minor, currency: "USD" })),
  },
  { weight: 1, arbitrary: fc.constantFrom("EUR", "JPY").map((currency) => ({ minor: 500, currency })) },
  fc.constantFrom<Value>(
    500,
    "5.00 USD",
    { minor: 500 },
    { minor: -1, currency: "USD" },
    { minor: 1, currency: "USD", x: 1 },
  ),
);

const ceilings = (system: string, operation: string): fc.Arbitrary<Ceiling> => {
  const line = (limits: Ceiling[number]["limits"]): Ceiling[number] => ({
    system,
    operation,
    resource: {},
    limits,
  });
  return fc.constantFrom<Ceiling[]>(
    [line({})],
    [line({})],
    [line({}), line({ charge: { in: ["ch_9"] } })],
    [],
    [{ ...line({ charge: { in: ["ch_1"] } }), resource: { account: ["acct-acme"] } }],
    [{ ...line({}), system: "other" }, line({ amount: { max: { minor: 500, currency: "USD" } } })],
  );
};

const members = {
  charge: fc.constantFrom<Value[]>("ch_1", "ch_1", "ch_1", "ch_2", "ch_3", 1),
  amount,
  count: fc.constantFrom<Value[]>(0, 1, 2, 2, 3, 4, true, "2"),
  path: fc.constantFrom<Value[]>(
    "/",
    "/docs",
    "/docs/a",
    "/docs/a/b/",
    "/docs-old",
    "/docs/../a",
    "docs",
    "",
    "//",
    1,
  ),
};
/** Mostly all, at times few. */
const someArguments = fc.oneof(
  { weight: 4, arbitrary: fc.record(members) },
  sparse<ValueMap>(members) as fc.Arbitrary<ValueMap>,
);

const OWN: Facts["owners"] = { charge: "tenant" };

export const anyRequest: fc.Arbitrary<DecisionRequest> = fc
  .record({ operation: fc.constantFrom(...OPERATIONS), tenant: fc.constantFrom(...TENANTS) })
  .chain(({ operation: full, tenant }) => {
    const [system = "", operation = ""] = full.split("/");
    const fields = {
      account: fc.constantFrom(`acct-${tenant.id}`, `acct-${tenant.id}`, "acct-acme", "org-acme"),
      region: fc.constantFrom("eu", "eu", "us"),
    };
    return fc.record({
      tenant: fc.constant(tenant),
      agent: fc.record({ id: fc.constantFrom(...AGENTS), version: fc.constant("1") }),
      workload: fc.constant("all"),
      principal: fc.record({
        kind: fc.constantFrom("user" as const, "user" as const, "agent" as const),
        issuer: fc.constant("https://login.example"),
        subject: fc.constant("dana"),
      }),
      run: fc.record({
        id: fc.constant("run_1"),
        root: fc.constant("run_1"),
        background: fc.constantFrom(false, false, true),
        assurance: fc.constantFrom(
          "verified" as const,
          "verified" as const,
          "verified" as const,
          "asserted" as const,
        ),
        ceiling: ceilings(system, operation),
      }),
      ancestors: fc.oneof(
        { weight: 2, arbitrary: fc.constant<string[]>([]) },
        fc.array(fc.constantFrom(...AGENTS), { minLength: 1, maxLength: 2 }),
      ),
      evidence: evidence(),
      action: fc.record({
        system: fc.constant(system),
        operation: fc.constant(operation),
        resource: fc.oneof(
          { weight: 6, arbitrary: fc.record(fields) },
          sparse(fields) as fc.Arbitrary<Record<string, string>>,
        ),
        arguments: someArguments,
      }),
      access: fc.constantFrom("read" as const, "write" as const),
      facts: fc.record({
        owners: fc.constantFrom<Facts["owners"][]>(
          OWN,
          OWN,
          OWN,
          { charge: "other" },
          { charge: "unknown" },
          {},
        ),
        values: fc.constant({ head: "c1", base: { head: "c2" } }),
      }),
      now: fc.integer({ min: SUMMER_BEGINS, max: YEAR_ENDS }),
    });
  })
  .map(({ ancestors, evidence: read, ...request }) => ({
    ...request,
    run: { ...request.run, depth: ancestors.length, chain: [...ancestors, request.agent.id] },
    ...(read === undefined
      ? {}
      : {
          evidence: {
            evals: {
              ...read,
              finishedAt: read.finishedAt === null ? null : request.now - read.finishedAt,
            },
          },
        }),
  }));

/** `finishedAt` is an age here; the request's own time makes it one. */
function evidence(): fc.Arbitrary<EvidenceFact | undefined> {
  return fc.option(
    fc.record({
      state: fc.constantFrom<EvidenceFact["state"][]>("pass", "pass", "pass", "fail", "pending", "missing"),
      finishedAt: fc.constantFrom(5, 5, 2_000, 100_000, -5, -3_600, null),
      detail: fc.constant("evals"),
      commit: fc.constantFrom("c1", "c1", "c2", "c3"),
    }),
    { nil: undefined, freq: 8 },
  );
}
