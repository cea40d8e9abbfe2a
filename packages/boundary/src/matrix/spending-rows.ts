import { type Money, type ValueMap, canonicalJson } from "@watchword/core";
import type { Situation } from "../situation.ts";
import { needsApproval } from "./baseline-of.ts";
import { type Change, type GrantMatter, arguing } from "./grant-matter.ts";

/** Whether an allowed attempt leaves less for the next one. */
export function isSpending({ grant }: GrantMatter): boolean {
  return grant.once !== undefined || grant.budget !== undefined;
}

/** Budget and once: what happened before in the same world. */
export function spendingRows(matter: GrantMatter): Change[] {
  return [...onceRows(matter), ...budgetRows(matter)];
}

function onceRows({ grant, baseline }: GrantMatter): Change[] {
  if (grant.once === undefined) return [];
  return [
    {
      fact: "once",
      mutation: "repeated",
      title: "the same effect a second time",
      mutated: { ...baseline, before: [baseline] },
      expected: ["already_done"],
      alone: true,
    },
    {
      fact: "once",
      mutation: "pending",
      title: "the same effect while nobody knows what became of the first",
      mutated: { ...baseline, before: [{ ...baseline, request: "nothing" }] },
      expected: ["effect_pending"],
      alone: true,
    },
  ];
}

/** Fills the budget by attempts that are as large as the grant lets them be, and asks for one more. */
function budgetRows(matter: GrantMatter): Change[] {
  const { grant, baseline } = matter;
  if (grant.budget === undefined) return [];
  const { argument, max } = grant.budget;
  const each = Math.min(max.minor, grant.rules.get(argument)?.maxMoney?.minor ?? max.minor);
  const count = Math.ceil(max.minor / each);
  const objects = objectsOf(matter, count + 1);
  if (objects === undefined) return [];
  const spend = (object: ValueMap, minor: number): Situation => {
    const amount: Money = { minor, currency: max.currency };
    const wanted = arguing(baseline, { ...object, [argument]: amount });
    const asked = grant.approval !== undefined && needsApproval(grant.approval.over, wanted.action.arguments);
    return { ...wanted, approval: asked ? "granted" : "none" };
  };
  const before = objects
    .slice(0, count)
    .map((object, index) => spend(object, index + 1 === count ? max.minor - each * (count - 1) : each));
  return [
    {
      fact: "budget",
      mutation: "exceeded",
      title: "the smallest amount more than the budget",
      mutated: { ...spend(objects[count] ?? {}, 1), before },
      expected: ["budget_exceeded"],
      alone: true,
    },
  ];
}

/** Objects to spend on: the same one again, unless each may be used once. `undefined`: there are not enough. */
function objectsOf({ grant, values, baseline }: GrantMatter, count: number): readonly ValueMap[] | undefined {
  const same: readonly ValueMap[] = Array.from({ length: count }, () => ({}));
  if (grant.once === undefined) return same;
  const own = canonicalJson(baseline.action.arguments);
  const more = (values.more?.[grant.operation] ?? []).filter(
    (object) => canonicalJson({ ...baseline.action.arguments, ...object }) !== own,
  );
  return more.length + 1 < count ? undefined : [{}, ...more].slice(0, count);
}

/** What a budget's row lacks; `undefined` when it is there. */
export function missingObjects(matter: GrantMatter): string | undefined {
  const { grant } = matter;
  if (grant.budget === undefined || budgetRows(matter).length > 0) return undefined;
  return `its budget cannot be used up, since the grant allows every object once; give the system more: { "${grant.operation}": [ … ] } with further objects of the tenant`;
}
