import { type Ceiling, Refusal, covers, intersect, narrow } from "@watchword/core";
import { ceilingUnder } from "./ceiling-for.ts";
import type { CompiledDelegation, Policy } from "./policy.ts";
import type { TemplateTenant } from "./template.ts";

/** As many capabilities as a run token holds. */
const MAX_CAPABILITIES = 1_024;

/** What a delegation is made of. */
export interface DelegatedRun {
  readonly rule: CompiledDelegation;
  readonly child: string;
  readonly tenant: TemplateTenant;
  /** The parent's own ceiling, already within those of its ancestors. */
  readonly parent: Ceiling;
  /** What the parent wants the child to have at most; left out: all that rule and parent leave it. */
  readonly wanted?: Ceiling | undefined;
}

/**
 * A child's ceiling, materialised: its own grants, as far as the rule names them, within the parent's ceiling. Asking for
 * more is refused instead of trimmed.
 *
 * @throws Refusal `capability_exceeded`; also when nothing is left, since such a run could do nothing
 */
export function delegatedCeiling(
  policy: Policy,
  { rule, child, tenant, parent, wanted }: DelegatedRun,
): Ceiling {
  const own = ceilingUnder(policy, rule, child, tenant);
  const ceiling =
    wanted === undefined ? withoutCovered(intersect(parent, own)) : narrow(own, narrow(parent, wanted));
  if (ceiling.length === 0) throw exceeded(`nothing that ${child} may do is within its parent's ceiling`);
  if (ceiling.length > MAX_CAPABILITIES)
    throw exceeded(`${ceiling.length} capabilities are too many; ask for the part that ${child} needs`);
  return ceiling;
}

/** Two ceilings of many capabilities meet in many; those that others cover say nothing. */
function withoutCovered(ceiling: Ceiling): Ceiling {
  const kept: Ceiling[number][] = [];
  for (const [index, one] of ceiling.entries()) {
    const rest = ceiling.slice(index + 1);
    if (!kept.some((other) => covers(other, one)) && !rest.some((other) => covers(other, one)))
      kept.push(one);
  }
  return kept;
}

function exceeded(detail: string): Refusal {
  return new Refusal("capability_exceeded", { detail, failedFact: "delegation" });
}
