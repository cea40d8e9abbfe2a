import type { Attempt } from "./attempt.ts";
import type { RowProblem } from "./boundary-report.ts";
import type { Row } from "./row.ts";

/**
 * What keeps a row from being a proof; nothing when it is one. A refusal counts when it was made for the changed fact, before
 * anything was minted or sent, and with one record.
 */
export function judgeRow(
  row: Pick<Row, "expected">,
  baselines: readonly Attempt[],
  attempt: Attempt,
): RowProblem[] {
  const problems: RowProblem[] = [];
  if (baselines.length === 0 || baselines.some(({ outcome }) => outcome !== "allowed"))
    problems.push("baseline_refused");
  // Broker and gateway let it through, and the system itself said no: nothing of ours refused it.
  const passedOn = attempt.stage === "gateway" && attempt.outcome === "failed";
  if (attempt.stage === "harness" || (attempt.outcome === "failed" && !passedOn))
    return [...problems, "not_run"];
  if (attempt.outcome === "allowed" || passedOn) return [...problems, "allowed", ...effects(attempt)];
  if (attempt.reason === null || !row.expected.includes(attempt.reason)) problems.push("wrong_reason");
  return [...problems, ...effects(attempt), ...(isRecorded(attempt) ? [] : ["unrecorded" as const])];
}

function effects({ seen }: Attempt): RowProblem[] {
  return [
    ...(seen.mints > 0 ? ["minted" as const] : []),
    ...(seen.effects > 0 || seen.refused > 0 ? ["reached_system" as const] : []),
  ];
}

/** Before a workload or a run is verified, refusals are counted; afterwards each has one record. */
function isRecorded({ decisionId, records, stage }: Attempt): boolean {
  if (decisionId === null) return true;
  return stage === "gateway" ? records > 0 : records === 1;
}
