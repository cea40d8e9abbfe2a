import { type Ceiling, type CoveredAction, Refusal, ceilingAllows } from "@watchword/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Policy,
  type PolicyDocument,
  ceilingFor,
  decide,
  delegatedCeiling,
  delegationRule,
} from "../src/index.ts";
import { compilePolicy } from "../src/policy.ts";

const AGENTS = ["ada", "bob", "cyd"] as const;
const OPERATIONS = ["read", "write"] as const;
const ACCOUNTS = ["acct-acme", "acct-other"] as const;
const CHARGES = ["ch_1", "ch_2"] as const;
const AMOUNTS = [100, 500, 900] as const;
const TENANT = { id: "acme", systems: { pay: { account: "acct-acme" } } };

/** Every action that this small world knows: what a ceiling means is counted out over all of them. */
const UNIVERSE: readonly CoveredAction[] = OPERATIONS.flatMap((operation) =>
  ACCOUNTS.flatMap((account) =>
    CHARGES.flatMap((charge) =>
      AMOUNTS.map((minor) => ({
        system: "pay",
        operation,
        resource: { account },
        arguments: { charge, amount: { minor, currency: "USD" } },
      })),
    ),
  ),
);

interface DrawnGrant {
  readonly agent: readonly string[];
  readonly operation: (typeof OPERATIONS)[number];
  readonly account: string;
  readonly max: number | undefined;
  readonly charges: readonly string[] | undefined;
}

const grants = fc.array(
  fc.record<DrawnGrant>({
    agent: fc.subarray([...AGENTS], { minLength: 1 }),
    operation: fc.constantFrom(...OPERATIONS),
    account: fc.constantFrom("${tenant.pay.account}", "${tenant.pay.account}", "acct-${tenant.id}"),
    max: fc.option(fc.constantFrom(...AMOUNTS), { nil: undefined }),
    charges: fc.option(fc.subarray([...CHARGES], { minLength: 1 }), { nil: undefined }),
  }),
  { minLength: 3, maxLength: 8 },
);

interface DrawnRule {
  readonly parent: string;
  readonly child: string;
  readonly grants: readonly number[];
  readonly depth: number;
}

const rules = fc.array(
  fc.record<DrawnRule>({
    parent: fc.constantFrom(...AGENTS),
    child: fc.constantFrom(...AGENTS),
    grants: fc.array(fc.nat({ max: 7 }), { minLength: 3, maxLength: 8 }),
    depth: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 6, maxLength: 20 },
);

/** A way down the tree: the agents, and how much each parent wants to leave its child (`undefined`: all it can). */
const descents = fc.record({
  root: fc.constantFrom(...AGENTS),
  hops: fc.array(
    fc.record({
      child: fc.constantFrom(...AGENTS),
      wanted: fc.option(fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 3 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

function policyOf(drawn: readonly DrawnGrant[], drawnRules: readonly DrawnRule[]): Policy {
  const delegation = [...new Map(drawnRules.map((rule) => [`${rule.parent}>${rule.child}`, rule])).values()]
    .map((rule) => ({
      parent: rule.parent,
      child: rule.child,
      grants: [...new Set(rule.grants)]
        .filter((index) => drawn[index]?.agent.includes(rule.child))
        .map((index) => `g${index}`),
      depth: rule.depth,
      ttl: "1m",
    }))
    .filter((rule) => rule.grants.length > 0);
  const document: PolicyDocument = {
    watchword: 1,
    systems: { pay: { adapter: "any" } },
    agents: Object.fromEntries(AGENTS.map((agent) => [agent, {}])),
    workloads: { all: { identity: { localKey: "all" }, agents: [...AGENTS], tenant: { fixed: "acme" } } },
    grants: drawn.map(({ agent, operation, account, max, charges }, index) => ({
      id: `g${index}`,
      agent: [...agent],
      operation: `pay/${operation}`,
      resource: { account },
      where: {
        ...(max === undefined ? {} : { "args.amount": { max: `${(max / 100).toFixed(2)} USD` } }),
        ...(charges === undefined ? {} : { "args.charge": { in: [...charges] } }),
      },
      lease: { action: "1m" },
    })),
    approvers: {},
    starters: {},
    evidence: {},
    delegation,
  };
  return compilePolicy(document, () => ({ file: "policy", line: 1, column: 1 }));
}

/** Slow on purpose, and with nothing of the code it is compared with: which actions some of these grants allow. */
function allowedBy(
  drawn: readonly DrawnGrant[],
  agent: string,
  only?: ReadonlySet<number>,
): Set<CoveredAction> {
  return new Set(
    UNIVERSE.filter((action) =>
      drawn.some(
        (grant, index) =>
          (only === undefined || only.has(index)) &&
          grant.agent.includes(agent) &&
          grant.operation === action.operation &&
          action.resource["account"] === "acct-acme" &&
          (grant.max === undefined || (action.arguments["amount"] as { minor: number }).minor <= grant.max) &&
          (grant.charges === undefined || grant.charges.includes(action.arguments["charge"] as string)),
      ),
    ),
  );
}

const actionsOf = (ceiling: Ceiling): CoveredAction[] =>
  UNIVERSE.filter((action) => ceilingAllows(ceiling, action));

/** Some capabilities to ask for: lines around single actions, at times wider than anything that is held. */
function wantedOf(indexes: readonly number[]): Ceiling {
  return indexes.map((index) => {
    const action = UNIVERSE[index % UNIVERSE.length] ?? UNIVERSE[0];
    if (action === undefined) throw new Error("the universe is empty");
    const charge = action.arguments["charge"] as string;
    return {
      system: action.system,
      operation: action.operation,
      resource: { account: [action.resource["account"] ?? ""] },
      limits:
        index > 30
          ? {}
          : {
              charge: { in: [charge] },
              amount: { max: { minor: (index % 3) * 400 + 100, currency: "USD" } },
            },
    };
  });
}

/** As an assertion; the runner's own is too slow for a million of them. */
function insist(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

test("10,000 trees of delegations: no descendant may do what any of its ancestors may not", () => {
  const seen = { allowed: 0, refused: 0, deep: 0, whole: 0 };
  fc.assert(
    fc.property(grants, rules, descents, (drawn, drawnRules, { root, hops }) => {
      const policy = policyOf(drawn, drawnRules);
      let held = ceilingFor(policy, root, TENANT);
      let may = allowedBy(drawn, root);
      const chain: string[] = [root];
      for (const { child, wanted } of hops) {
        const parent = chain.at(-1) ?? root;
        const rule = delegationRule(policy, parent, child);
        if (rule === undefined) return;
        const own = allowedBy(drawn, child, new Set([...rule.grants].map((id) => Number(id.slice(1)))));
        const both = new Set([...may].filter((action) => own.has(action)));
        const asked = wanted === undefined ? undefined : wantedOf(wanted);
        let ceiling: Ceiling;
        try {
          ceiling = delegatedCeiling(policy, { rule, child, tenant: TENANT, parent: held, wanted: asked });
        } catch (error) {
          insist(Refusal.is(error) && error.reason === "capability_exceeded", "refused as too wide");
          // Refused only for a reason: nothing is left, or something that was wanted is beyond what both have.
          insist(asked !== undefined || both.size === 0, "refused only where nothing is left");
          seen.refused++;
          return;
        }
        const actions = actionsOf(ceiling);
        insist(
          actions.every((action) => both.has(action)),
          "within parent and rule",
        );
        if (asked === undefined) {
          insist(actions.length === both.size, "all that both leave");
          seen.whole++;
        }
        held = ceiling;
        may = new Set(actions);
        chain.push(child);
        decideAll(policy, drawn, chain, held, may, seen);
      }
    }),
    { numRuns: 10_000 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(200);
});

/** Decides every action for the last of the chain and compares with what each of the chain may do by itself. */
function decideAll(
  policy: Policy,
  drawn: readonly DrawnGrant[],
  chain: readonly string[],
  ceiling: Ceiling,
  may: ReadonlySet<CoveredAction>,
  seen: { allowed: number; deep: number },
): void {
  const agent = chain.at(-1) ?? "";
  for (const action of UNIVERSE) {
    const { outcome } = decide(policy, {
      tenant: TENANT,
      agent: { id: agent, version: "1" },
      workload: "all",
      principal: { kind: "agent", issuer: "urn:broker", subject: agent },
      run: {
        id: "run_2",
        root: "run_1",
        background: false,
        assurance: "verified",
        depth: chain.length - 1,
        chain,
        ceiling,
      },
      action,
      access: "write",
      facts: { owners: {}, values: {} },
      now: 1,
    });
    if (outcome !== "allow") continue;
    insist(may.has(action), "within the chain's ceilings");
    insist(
      chain.every((ancestor) => allowedBy(drawn, ancestor).has(action)),
      "every ancestor may do it itself",
    );
    seen.allowed++;
    if (chain.length > 2) seen.deep++;
  }
}
