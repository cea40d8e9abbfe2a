import { CLOCK_SKEW_SECONDS, type DecisionRequest, factAt } from "@watchword/core";
import type { GrantCheck } from "./grant-check.ts";
import type { CompiledGrant } from "./policy.ts";

/**
 * The eval gate. Green is one thing only: the declared source, about the very commit that the broker read, finished,
 * passed, not too long ago. Whatever else there is, or is not there, is red; only "still running" is told apart.
 */
export function evidenceCheck(
  evidence: NonNullable<CompiledGrant["evidence"]>,
  request: DecisionRequest,
): GrantCheck {
  const { source, maxAgeSeconds } = evidence;
  const commit = factAt(request.facts.values, evidence.commit);
  const held = request.evidence;
  const fact = held !== undefined && Object.hasOwn(held, source) ? held[source] : undefined;
  const about = typeof commit === "string" && fact?.commit === commit ? fact : undefined;
  const age = about?.finishedAt == null ? undefined : request.now - about.finishedAt;
  const fresh = age !== undefined && age <= maxAgeSeconds && age >= -CLOCK_SKEW_SECONDS;
  return {
    check: `evidence ${source}`,
    passed: about?.state === "pass" && fresh,
    required: `pass for ${typeof commit === "string" ? commit : "a commit that the broker read"}, at most ${maxAgeSeconds} s old`,
    held:
      about === undefined
        ? "nothing about this commit"
        : `${about.state}${age === undefined ? "" : `, ${age} s old`}; ${about.detail}`,
    reason: about?.state === "pending" ? "eval_pending" : "eval_red",
    failedFact: "evidence",
  };
}
