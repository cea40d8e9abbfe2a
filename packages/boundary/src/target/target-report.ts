import type { BoundaryReport } from "../boundary-report.ts";
import type { WorldProof } from "../world.ts";
import { worldHolds } from "../world-holds.ts";
import type { AskedRows } from "./ask-rows.ts";

/** What a report about a target is made of. */
export interface TargetRun {
  readonly url: string;
  readonly policyVersion: string;
  readonly startedAt: string;
  readonly milliseconds: number;
  readonly asked: AskedRows;
  readonly missing: BoundaryReport["missing"];
  readonly excluded: BoundaryReport["excluded"];
  /** Named proofs that the suite asks for and that take a world of its own. */
  readonly unable: readonly string[];
  /** Decisions that were looked up at the operators' API; `null`: there was none to ask. */
  readonly looked: number | null;
  /** Versions of the policy by which the target decided, as far as anybody saw. */
  readonly decidedBy: readonly string[];
  readonly allowEffects: boolean;
}

/** The report of a run against a deployed broker: what was asked, and plainly what was not proved. */
export function targetReport(run: TargetRun): BoundaryReport {
  const { asked, missing, policyVersion } = run;
  const policy = samePolicy(run);
  const world: WorldProof = {
    ledgerIntact: null,
    records: run.looked ?? 0,
    leaks: [],
    openRoutes: undefined,
  };
  return {
    version: 1,
    policyVersion,
    isolation: "remote",
    isolationReason: "the broker is deployed; where its agents run was not looked at",
    startedAt: run.startedAt,
    milliseconds: run.milliseconds,
    rows: asked.results,
    baselines: asked.baselines,
    missing,
    excluded: run.excluded,
    proofs: policy,
    world,
    mutants: null,
    target: { url: run.url, notAsked: asked.notAsked, notProved: notProved(run) },
    passed:
      asked.results.length > 0 &&
      asked.results.every(({ problems }) => problems.length === 0) &&
      asked.baselines.every(({ attempt }) => attempt.outcome === "allowed") &&
      missing.length === 0 &&
      policy.every(({ holds }) => holds) &&
      worldHolds(world),
  };
}

/** Rows of one policy say nothing about a broker that decides by another. */
function samePolicy({ policyVersion, decidedBy }: TargetRun): BoundaryReport["proofs"] {
  const others = decidedBy.filter((version) => version !== policyVersion);
  if (decidedBy.length === 0) return [];
  return [
    {
      name: "samePolicy",
      holds: others.length === 0,
      detail:
        others.length === 0
          ? "the target decides by this very policy"
          : `the target decides by ${others.join(", ")}, and the rows are made of ${policyVersion}; hand in the active one by --policy`,
    },
  ];
}

function notProved(run: TargetRun): string[] {
  const { asked, looked, allowEffects, unable, decidedBy } = run;
  return [
    "downstream not observed: that a refused attempt minted nothing and reached no system is what its answer says",
    "nothing was sent with what was given: the gateway was not asked",
    ...(looked === null
      ? [
          "records not observed: whether each refusal is in the ledger takes --operators, with the token of a viewer",
        ]
      : []),
    ...(decidedBy.length === 0
      ? ["policy not observed: by which version the target decides was in no answer"]
      : []),
    ...asked.unproven.map(({ grant, why }) => `${grant}: no allowed attempt was seen, since ${why}`),
    ...unable.map((name) => `${name}: that takes a world of the harness's own`),
    ...(allowEffects
      ? []
      : ["effects: no allowed write and nobody's approval was asked for (--allow-effects)"]),
  ];
}
