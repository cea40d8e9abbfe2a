import { canonicalJson } from "@watchword/core";
import type { Attempt } from "../attempt.ts";
import type { RowProblem, RowResult } from "../boundary-report.ts";
import { judgeRow } from "../judge-row.ts";
import { placeOf } from "../place-of.ts";
import type { Row } from "../row.ts";
import type { TargetWorld } from "./target-world.ts";
import { type AskingRules, whyNotAllowed, whyNotAsked } from "./why-not-asked.ts";

/** How the rows went that were asked of a target, and why the others were not. */
export interface AskedRows {
  readonly results: readonly RowResult[];
  readonly baselines: readonly { readonly grant: string; readonly attempt: Attempt }[];
  readonly notAsked: readonly { readonly row: string; readonly why: string }[];
  /** Grants whose allowed attempt was not asked for, and why: what was refused next to them may be refused for everybody. */
  readonly unproven: readonly { readonly grant: string; readonly why: string }[];
}

/**
 * Asks rows one after the other, so that a deployed broker is not flooded, and judges each answer as a world's. What nobody can
 * see here is no problem of a row: a missing baseline, and without the operators' API a missing record.
 *
 * @param recorded whether decisions can be looked up
 */
export async function askRows(
  rows: readonly Row[],
  world: Pick<TargetWorld, "attempt">,
  rules: AskingRules,
  recorded: boolean,
): Promise<AskedRows> {
  const results: RowResult[] = [];
  const notAsked: { row: string; why: string }[] = [];
  const baselines = await askBaselines(rows, world, rules);
  for (const row of rows) {
    const why = whyNotAsked(row, rules);
    if (why !== null) {
      notAsked.push({ row: row.id, why });
      continue;
    }
    const attempt = await world.attempt(row.mutated);
    if (isUnarranged(row, attempt)) {
      notAsked.push({ row: row.id, why: "its tests refused it first, and nobody here can turn them green" });
      continue;
    }
    const known = baselines.made.get(keyOf(row));
    const unseen: RowProblem[] = [
      ...(known === undefined ? (["baseline_refused"] as const) : []),
      ...(recorded ? [] : (["unrecorded"] as const)),
    ];
    const problems = judgeRow(row, known === undefined ? [] : [known], attempt);
    results.push({
      row,
      attempt,
      problems: problems.filter((problem) => !unseen.includes(problem)),
      place: placeOf(rules.policy, row),
    });
  }
  return { results, baselines: baselines.all, notAsked, unproven: baselines.unproven };
}

/** INVARIANT: only a refusal for the state of tests that nobody arranged; one of any other kind is judged. */
function isUnarranged({ mutated, expected }: Row, { reason }: Attempt): boolean {
  const arranged = Object.keys(mutated.evidence).length === 0;
  return !arranged && reason !== null && reason.startsWith("eval_") && !expected.includes(reason);
}

const keyOf = ({ grant, baseline }: Row): string => `${grant} ${canonicalJson(baseline)}`;

/** Each allowed attempt that may be asked for, once. */
async function askBaselines(
  rows: readonly Row[],
  world: Pick<TargetWorld, "attempt">,
  rules: AskingRules,
): Promise<{
  readonly made: ReadonlyMap<string, Attempt>;
  readonly all: AskedRows["baselines"];
  readonly unproven: AskedRows["unproven"];
}> {
  const made = new Map<string, Attempt>();
  const all: { grant: string; attempt: Attempt }[] = [];
  const unproven = new Map<string, string>();
  for (const [key, row] of new Map(rows.map((each) => [keyOf(each), each]))) {
    const why = whyNotAllowed(row.baseline, row.grant, rules);
    if (why !== null) {
      unproven.set(row.grant, why);
      continue;
    }
    const attempt = await world.attempt(row.baseline);
    made.set(key, attempt);
    all.push({ grant: row.grant, attempt });
  }
  return { made, all, unproven: [...unproven].map(([grant, why]) => ({ grant, why })) };
}
