import {
  type Capability,
  type Ceiling,
  type CoveredAction,
  Refusal,
  ceilingAllows,
  covers,
  intersect,
  isMoney,
  narrow,
} from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyCapability, anyCeiling, someCeiling } from "./any-capability.ts";
import { expectRefusal } from "./expect-refusal.ts";
import { OPERATIONS, SYSTEMS, WORLD, meaningOf, slowlyAllows } from "./slow-capability.ts";

/** Actions that random capabilities are mostly about; the rest of the world is hardly ever allowed. */
const LIKELY = WORLD.filter(
  (action) =>
    action.operation === OPERATIONS[0] &&
    action.system === SYSTEMS[0] &&
    isMoney(action.arguments["amount"]) &&
    !/elsewhere|true/.test(JSON.stringify(action)),
);
const someActions = fc.array(
  fc.oneof(
    { arbitrary: fc.constantFrom(...LIKELY), weight: 3 },
    { arbitrary: fc.constantFrom(...WORLD), weight: 1 },
  ),
  { minLength: 12, maxLength: 12 },
);
const refund: Capability = {
  system: "payments",
  operation: "refunds.create",
  resource: { account: ["acct_acme"] },
  limits: { amount: { max: { minor: 5_000, currency: "USD" } } },
};

interface Step {
  readonly by: "wish" | "tightening" | "intersection";
  readonly ceiling: Ceiling;
  readonly children: readonly Step[];
}

const tree: fc.Memo<Step> = fc.memo((depth) =>
  fc.record({
    by: fc.constantFrom<Step["by"]>("wish", "tightening", "intersection"),
    ceiling: someCeiling,
    children: depth <= 1 ? fc.constant([]) : fc.array(tree(), { maxLength: 2 }),
  }),
);

/** A wish that has a chance: the parent's own capabilities with a restriction more here and there. */
function tightened(parent: Ceiling, by: Ceiling): Ceiling {
  return by.flatMap((restriction, index) => {
    const held = parent[index % Math.max(parent.length, 1)];
    if (held === undefined) return [restriction];
    return {
      ...held,
      resource: { ...restriction.resource, ...held.resource },
      limits: { ...restriction.limits, ...held.limits },
    };
  });
}

function isWithin(inner: ReadonlySet<CoveredAction>, outer: ReadonlySet<CoveredAction>): boolean {
  return [...inner].every((action) => outer.has(action));
}

function show(...values: readonly unknown[]): string {
  return JSON.stringify(values);
}

function childOf(parent: Ceiling, step: Step): Ceiling | undefined {
  if (step.by === "intersection") return intersect(parent, step.ceiling);
  const wanted = step.by === "wish" ? step.ceiling : tightened(parent, step.ceiling);
  try {
    return narrow(parent, wanted);
  } catch (error) {
    if (Refusal.is(error) && error.reason === "capability_exceeded") return undefined;
    throw error;
  }
}

describe("a child's ceiling", () => {
  test("never allows an action that its parent does not, at any depth, in 10,000 random trees", () => {
    const seen = { children: 0, refused: 0, allowed: 0, depth: 0 };
    const descend = (
      parent: Ceiling,
      steps: readonly Step[],
      actions: readonly CoveredAction[],
      depth = 1,
    ) => {
      for (const step of steps) {
        const child = childOf(parent, step);
        if (child === undefined) {
          seen.refused++;
          continue;
        }
        seen.children++;
        seen.depth = Math.max(seen.depth, depth);
        for (const action of actions) {
          const allowed = ceilingAllows(child, action);
          if (allowed !== slowlyAllows(child, action))
            expect.fail(`the reference differs: ${show(child, action)}`);
          if (!allowed) continue;
          seen.allowed++;
          if (!ceilingAllows(parent, action) || !slowlyAllows(parent, action))
            expect.fail(`wider than its parent: ${show(child, action)}`);
        }
        descend(child, step.children, actions, depth + 1);
      }
    };
    fc.assert(
      fc.property(
        someCeiling,
        fc.array(tree(4), { minLength: 1, maxLength: 2 }),
        someActions,
        (root, steps, actions) => descend(root, steps, actions),
      ),
      { numRuns: 10_000 },
    );
    expect(seen.children).toBeGreaterThan(10_000);
    expect(seen.refused).toBeGreaterThan(1_000);
    expect(seen.allowed).toBeGreaterThan(2_000);
    expect(seen.depth).toBe(4);
  });

  test("is what was wanted, word for word, or nothing: a wider wish is refused instead of trimmed", () => {
    fc.assert(
      fc.property(anyCeiling, anyCeiling, (parent, wanted) => {
        const within = wanted.every((want) => parent.some((held) => covers(held, want)));
        if (within) expect(narrow(parent, wanted)).toEqual(wanted);
        else expectRefusal("capability_exceeded", () => narrow(parent, wanted));
      }),
      { numRuns: 2_000 },
    );
  });

  test("cannot be widened afterwards", () => {
    const child = narrow([refund], [refund]) as Capability[];
    expect(() => child.push({ ...refund, limits: {} })).toThrow(TypeError);
    expect(child).toHaveLength(1);
  });

  test.for<{ name: string; wish: Capability }>([
    { name: "another system", wish: { ...refund, system: "code" } },
    { name: "another operation", wish: { ...refund, operation: "payouts.create" } },
    { name: "another account", wish: { ...refund, resource: { account: ["acct_globex"] } } },
    { name: "one account more", wish: { ...refund, resource: { account: ["acct_acme", "acct_globex"] } } },
    { name: "any account", wish: { ...refund, resource: {} } },
    {
      name: "one cent more",
      wish: { ...refund, limits: { amount: { max: { minor: 5_001, currency: "USD" } } } },
    },
    {
      name: "another currency",
      wish: { ...refund, limits: { amount: { max: { minor: 1, currency: "EUR" } } } },
    },
    { name: "a list instead of an amount", wish: { ...refund, limits: { amount: { in: ["5000"] } } } },
    { name: "no limit", wish: { ...refund, limits: {} } },
    { name: "a limit on another argument", wish: { ...refund, limits: { tag: { in: ["a"] } } } },
  ])("that names $name is refused, and the refusal names the operation for the operator", ({ wish }) => {
    const refusal = expectRefusal("capability_exceeded", () => narrow([refund], [refund, wish]));
    expect(refusal.failedFact).toBe("delegation");
    expect(refusal.message).toContain(`${wish.system}/${wish.operation}`);
  });

  test("of a run that may do nothing is nothing", () => {
    expect(narrow([], [])).toEqual([]);
    expectRefusal("capability_exceeded", () => narrow([], [refund]));
  });
});

describe("covers", () => {
  test("holds exactly when the inner capability allows nothing beyond the outer one", () => {
    fc.assert(
      fc.property(anyCapability, anyCapability, (outer, inner) => {
        expect(covers(outer, inner)).toBe(isWithin(meaningOf([inner]), meaningOf([outer])));
      }),
      { numRuns: 1_000 },
    );
  });

  test("is a partial order: reflexive, transitive, and antisymmetric in what is allowed", () => {
    fc.assert(
      fc.property(anyCapability, anyCapability, anyCapability, (one, two, three) => {
        expect(covers(one, one)).toBe(true);
        if (covers(one, two) && covers(two, three)) expect(covers(one, three)).toBe(true);
        if (covers(one, two) && covers(two, one)) expect(meaningOf([one])).toEqual(meaningOf([two]));
      }),
      { numRuns: 5_000 },
    );
  });

  test("does not read fields and limits that every object inherits", () => {
    expect(covers({ ...refund, resource: { constructor: ["a"] } }, { ...refund, resource: {} })).toBe(false);
    expect(covers({ ...refund, limits: { toString: { in: ["a"] } } }, { ...refund, limits: {} })).toBe(false);
  });
});

describe("intersect", () => {
  test("allows exactly what both ceilings allow", () => {
    fc.assert(
      fc.property(anyCeiling, anyCeiling, (left, right) => {
        const inRight = meaningOf(right);
        const inBoth = [...meaningOf(left)].filter((action) => inRight.has(action));
        expect([...meaningOf(intersect(left, right))]).toEqual(inBoth);
      }),
      { numRuns: 500 },
    );
  });

  test("is commutative, associative and idempotent in what is allowed", () => {
    fc.assert(
      fc.property(anyCeiling, anyCeiling, anyCeiling, someActions, (one, two, three, actions) => {
        for (const action of actions) {
          const allowedBy = (ceiling: Ceiling): boolean => ceilingAllows(ceiling, action);
          const equal = [
            [intersect(one, two), intersect(two, one)],
            [intersect(one, intersect(two, three)), intersect(intersect(one, two), three)],
            [intersect(one, one), one],
          ].every(([left = [], right = []]) => allowedBy(left) === allowedBy(right));
          if (!equal) expect.fail(show(one, two, three, action));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("gives capabilities that both sides cover, so that a narrowing to them is accepted", () => {
    fc.assert(
      fc.property(anyCeiling, anyCeiling, (left, right) => {
        const both = intersect(left, right);
        expect(narrow(left, both)).toEqual(both);
        expect(narrow(right, both)).toEqual(both);
      }),
      { numRuns: 5_000 },
    );
  });

  test("with nothing is nothing", () => {
    fc.assert(
      fc.property(anyCeiling, (ceiling) => {
        expect(intersect(ceiling, [])).toEqual([]);
        expect(intersect([], ceiling)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("of limits in two currencies is nothing, never the smaller number", () => {
    const euros: Capability = { ...refund, limits: { amount: { max: { minor: 1, currency: "EUR" } } } };
    expect(intersect([refund], [euros])).toEqual([]);
  });

  test("does not change the ceilings that it met", () => {
    const left = [structuredClone(refund)];
    const right = [{ ...structuredClone(refund), limits: { charge: { in: ["ch_1"] } } }];
    intersect(left, right);
    expect(left).toEqual([refund]);
    expect(right).toEqual([{ ...refund, limits: { charge: { in: ["ch_1"] } } }]);
  });
});
