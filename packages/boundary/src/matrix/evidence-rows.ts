import type { Reason } from "@watchword/core";
import type { EvidenceSource } from "@watchword/policy";
import type { EvidenceCondition } from "../situation.ts";
import type { Change, GrantMatter } from "./grant-matter.ts";

const CONDITIONS: readonly (readonly [EvidenceCondition, string, Reason])[] = [
  ["red", "the tests failed", "eval_red"],
  ["pending", "the tests are still running", "eval_pending"],
  ["missing", "nothing was tested", "eval_red"],
  ["stale", "the tests passed too long ago", "eval_red"],
  ["other-commit", "another commit passed", "eval_red"],
  ["empty", "no test was run", "eval_red"],
  ["unsigned", "somebody else says that they passed", "eval_red"],
  ["own-workflow", "they passed in a workflow of the change's own", "eval_red"],
];

/** The eval gate: everything that is not green, each in its own way. */
export function evidenceRows({ policy, grant, baseline }: GrantMatter): Change[] {
  if (grant.evidence === undefined) return [];
  const { source, maxAgeSeconds } = grant.evidence;
  const declared = policy.document.evidence[source];
  if (declared === undefined) return [];
  return CONDITIONS.filter(([condition]) => applies(declared, condition)).map(
    ([condition, title, reason]) => ({
      fact: "evidence",
      mutation: condition,
      title,
      mutated: {
        ...baseline,
        evidence: { [source]: condition },
        ...(condition === "stale" ? { lived: maxAgeSeconds + 1 } : {}),
      },
      expected: [reason],
      alone: true,
    }),
  );
}

/** A signed statement is never under way, and comes from no workflow. */
function applies(declared: EvidenceSource, condition: EvidenceCondition): boolean {
  if (declared.issuer === "github-actions") return true;
  if (condition === "own-workflow") return false;
  return declared.issuer !== "dsse" || (condition !== "pending" && condition !== "empty");
}
