import { type Catalogue, findOperation } from "@watchword/core";
import { type Policy, isInside } from "@watchword/policy";
import type { Row } from "../row.ts";
import type { Situation } from "../situation.ts";
import type { TargetSystem } from "./target-file.ts";
import type { TargetIdentities } from "./target-identities.ts";

/** What decides whether a situation may be asked of a deployed broker. */
export interface AskingRules {
  readonly policy: Policy;
  readonly catalogues: Readonly<Record<string, Catalogue>>;
  readonly systems: Readonly<Record<string, TargetSystem>>;
  readonly identities: Pick<TargetIdentities, "lacks">;
  /** NumericDate. */
  readonly now: number;
  readonly allowEffects: boolean;
}

/** States of a run that only an operator, or time, brings about. */
const RUNS: Readonly<Partial<Record<Situation["run"], string>>> = Object.freeze({
  killed: "it takes an operator who kills a run",
  frozen: "it takes an operator who freezes a tenant",
  expired: "it takes longer than a run token lives",
});

const NO_EFFECTS = "an allowed write is asked for on the way, which takes --allow-effects";

/**
 * Why a row is not asked of a deployed broker; `null` when it is asked.
 *
 * INVARIANT: unless effects are allowed, no row is asked whose way leads over an allowed write or a question to a person.
 */
export function whyNotAsked(row: Row, rules: AskingRules): string | null {
  const { mutated, baseline } = row;
  if (mutated.call !== undefined) return "it goes through the app's own tools, which are not deployed here";
  if (mutated.before.length > 0) return "something allowed has to have its effect before";
  if (mutated.request !== baseline.request)
    return "it is about a credential that was given; nothing is sent with one of a deployed broker";
  if (mutated.lived !== undefined) return "it takes longer than anything lives";
  if (mutated.at !== baseline.at) return "a deployed broker's clock is nobody's to move";
  if (mutated.approval !== "none" && mutated.approval !== "granted")
    return "it takes an approver who decides otherwise";
  if (row.fact === "evidence") return "test results of the target are nobody's to make here";
  if (row.fact === "approval" && !rules.allowEffects)
    return "people would be asked for their approval, which takes --allow-effects";
  // The first showing of a replayed assertion is an honest one.
  const honest = mutated.tampering === "replayed" ? whyNotAllowed(mutated, row.grant, rules) : null;
  return honest ?? RUNS[mutated.run] ?? lacking(mutated, rules, row.grant);
}

/** Why an allowed attempt is not asked for; `null` when it is. */
export function whyNotAllowed(situation: Situation, grant: string, rules: AskingRules): string | null {
  if (!rules.allowEffects && isWrite(situation, rules)) return NO_EFFECTS;
  if (situation.approval !== "none") return "it takes an approver who says yes";
  if (Object.keys(situation.evidence).length > 0)
    return "test results of the target are nobody's to make here";
  return lacking(situation, rules, grant);
}

/** What no file of the target names, and a time at which nothing is open. */
function lacking(situation: Situation, rules: AskingRules, id: string): string | null {
  const grant = rules.policy.grants.find((candidate) => candidate.id === id);
  if (grant === undefined) return `there is no grant ${id}`;
  if (grant.window !== undefined && !isInside(grant.window, rules.now)) return "its window is closed now";
  const named = rules.systems[grant.system];
  const entry = operationOf(rules.catalogues, grant.system, grant.operation);
  if (named === undefined || entry === undefined) return `the target's file names nothing at ${grant.system}`;
  if (entry.references.length > 0 && named.live?.[grant.operation] === undefined)
    return `the target's file names no object of the tenant's own: systems.${grant.system}.live["${grant.operation}"]`;
  return rules.identities.lacks(situation);
}

/** Unknown is a write. */
function isWrite({ action }: Situation, { catalogues }: AskingRules): boolean {
  return operationOf(catalogues, action.system, action.operation)?.access !== "read";
}

function operationOf(catalogues: AskingRules["catalogues"], system: string, operation: string) {
  // A row may well name a system `constructor`.
  const catalogue = Object.hasOwn(catalogues, system) ? catalogues[system] : undefined;
  return catalogue === undefined ? undefined : findOperation(catalogue, operation);
}
