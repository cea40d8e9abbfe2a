import type { Policy } from "@watchword/policy";
import type { BoundaryReport } from "../boundary-report.ts";
import type { Attempt } from "../attempt.ts";
import { judgeRow } from "../judge-row.ts";
import { gotOf } from "../reports/finding.ts";
import type { World } from "../world.ts";
import type { BoundaryFile, ExpectedAttempt, ExpectedOperations, FilePlace } from "./read-boundary-file.ts";

type Proof = BoundaryReport["proofs"][number];

/**
 * What came of everything that a file expects, as named proofs of a report. A refusal counts only with a reason that the
 * file names, without a mint or an effect, and with one record.
 */
export async function proveBoundaryFile(
  file: BoundaryFile,
  policy: Policy,
  world: Pick<World, "attempt">,
): Promise<readonly Proof[]> {
  const proofs: Proof[] = file.operations.map((expected) => proveOperations(expected, policy));
  for (const expected of file.attempts)
    proofs.push(proveAttempt(expected, await world.attempt(expected.situation)));
  return proofs;
}

/** `system/operation` of every grant that lets an agent act; a grant in shadow mode lets nobody. */
function operationsOf(policy: Policy, agent: string): readonly string[] {
  const those = policy.grants.filter(({ agents, shadow }) => !shadow && agents.includes(agent));
  return [...new Set(those.map(({ system, operation }) => `${system}/${operation}`))].toSorted();
}

function proveOperations({ agent, equals, place }: ExpectedOperations, policy: Policy): Proof {
  const has = operationsOf(policy, agent);
  const wider = has.filter((operation) => !equals.includes(operation));
  const narrower = equals.filter((operation) => !has.includes(operation));
  const name = `operations of ${agent} (${described(place)})`;
  if (wider.length === 0 && narrower.length === 0)
    return { name, holds: true, detail: `exactly ${equals.length}` };
  const detail = [
    ...(wider.length === 0 ? [] : [`granted and not in the list: ${wider.join(", ")}`]),
    ...(narrower.length === 0 ? [] : [`in the list and not granted: ${narrower.join(", ")}`]),
  ].join("; ");
  return { name, holds: false, detail };
}

function proveAttempt({ title, deny, place }: ExpectedAttempt, attempt: Attempt): Proof {
  const expected = deny.length === 0 ? "allowed" : `refused, ${deny.join(" or ")}`;
  const holds = deny.length === 0 ? attempt.outcome === "allowed" : isRefusedAs(deny, attempt);
  const got = gotOf(attempt);
  const why = attempt.detail === null ? "" : ` (${attempt.detail})`;
  return {
    name: `${title} (${described(place)})`,
    holds,
    detail: holds ? got : `expected ${expected}, got ${got}${why}, records ${attempt.records}`,
  };
}

/** INVARIANT: a refusal that a file expects is judged as a row of the matrix is; only a baseline it has none. */
function isRefusedAs(expected: ExpectedAttempt["deny"], attempt: Attempt): boolean {
  return judgeRow({ expected }, [], attempt).every((problem) => problem === "baseline_refused");
}

function described({ file, line }: FilePlace): string {
  return `${file}:${line}`;
}
