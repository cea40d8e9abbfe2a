import { loadPolicy } from "@watchword/policy";
import type { BoundarySuite } from "./boundary.ts";
import type { BoundaryReport, RowResult } from "./boundary-report.ts";
import { deriveRows } from "./matrix/derive-rows.ts";
import { systemValues } from "./matrix/system-values.ts";
import { onlyThese } from "./only-these.ts";
import type { RunOptions } from "./run-options.ts";
import { runRows } from "./run-rows.ts";
import { scorePolicy } from "./score-policy.ts";
import { selectRows } from "./select-rows.ts";
import type { Isolation, OpenWorld, WorldProof } from "./world.ts";
import { wholeTrace } from "./whole-trace.ts";
import { worldHolds } from "./world-holds.ts";
import { WORLD_MOMENT } from "./world/open-stage.ts";
import { loadTools } from "./tools/load-tools.ts";
import { missingTools } from "./tools/missing-tools.ts";
import { sameProcess } from "./world/same-process.ts";

/** How a suite is run. */
export interface RunBoundaryOptions extends Pick<RunOptions, "policy" | "only" | "mutate" | "onRow"> {
  /** Default: worlds in this process. */
  readonly openWorld?: OpenWorld;
  /** What worlds of {@link openWorld} isolate. Default `same-process`. */
  readonly isolation?: Isolation;
  /** Why it is not a stronger one. */
  readonly isolationReason?: string | null;
  /** Worlds that are open at once. */
  readonly parallel?: number;
}

/**
 * Runs a suite: derives the rows of its policy, brings each about, and reports what really happened. Nothing is left out in
 * silence: what could not be proven is in `missing`, and the report has not passed.
 */
export async function runBoundary(
  suite: BoundarySuite,
  options: RunBoundaryOptions = {},
): Promise<BoundaryReport> {
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const wanted = options.policy ?? suite.policy;
  const policy = typeof wanted === "string" ? await loadPolicy(wanted) : wanted;
  const values = await systemValues(suite.systems, { now: () => WORLD_MOMENT * 1_000 });
  const tools = suite.tools === undefined ? undefined : await loadTools(suite.tools);
  const derived = deriveRows(policy, values, tools?.bound);
  const catalogues = Object.fromEntries(
    Object.entries(values).map(([name, { catalogue }]) => [name, catalogue]),
  );
  const selected = selectRows(suite.selections, derived.rows, policy, catalogues);
  const rows = options.only === undefined ? selected.rows : onlyThese(selected.rows, options.only);
  const running = {
    policy,
    systems: suite.systems,
    ...(suite.tools === undefined ? {} : { tools: suite.tools }),
    openWorld: options.openWorld ?? sameProcess(),
    ...(options.parallel === undefined ? {} : { parallel: options.parallel }),
  };
  const { onRow } = options;
  const run = await runRows(rows, {
    ...running,
    ...(onRow === undefined ? {} : { onRow: (result: RowResult) => onRow(result, rows.length) }),
  });
  const mutants = options.mutate === true ? await scorePolicy(rows, { ...running, catalogues }) : null;
  const world = wholeProof(run.proofs);
  const proofs = suite.selections.flatMap((selection) =>
    selection.kind === "proof" ? [proven(selection.name, world)] : [],
  );
  const missing = [
    ...(suite.selections.some(({ kind }) => kind !== "proof")
      ? [...missingTools(tools), ...derived.missing]
      : []),
    ...selected.missing,
  ];
  return {
    version: 1,
    policyVersion: policy.version,
    isolation: options.isolation ?? "same-process",
    isolationReason:
      options.isolation === undefined
        ? "it was run in this process, which proves a policy and no containment"
        : (options.isolationReason ?? null),
    startedAt,
    milliseconds: performance.now() - began,
    rows: run.results,
    baselines: run.baselines,
    missing,
    excluded: selected.excluded,
    ...(tools === undefined ? {} : { unreached: derived.unreached }),
    proofs,
    world,
    mutants,
    passed:
      run.results.length + proofs.length > 0 &&
      run.results.every(({ problems }) => problems.length === 0) &&
      missing.length === 0 &&
      proofs.every(({ holds }) => holds) &&
      worldHolds(world),
  };
}

/** All worlds as one: intact when every ledger is, and leaking where any does. */
function wholeProof(proofs: readonly WorldProof[]): WorldProof {
  const trace = wholeTrace(proofs);
  const looked = proofs.flatMap(({ openRoutes }) => (openRoutes === undefined ? [] : [openRoutes]));
  return {
    ledgerIntact: proofs.length > 0 && proofs.every(({ ledgerIntact }) => ledgerIntact === true),
    records: proofs.reduce((sum, { records }) => sum + records, 0),
    leaks: [...new Set(proofs.flatMap(({ leaks }) => leaks))],
    openRoutes:
      looked.length < proofs.length || looked.length === 0 ? undefined : [...new Set(looked.flat())],
    ...(trace === undefined ? {} : { trace }),
    unrecordedMints: [...new Set(proofs.flatMap(({ unrecordedMints = [] }) => unrecordedMints))],
  };
}

function proven(
  name: "noRoute" | "noStandingSecret",
  { leaks, openRoutes, trace }: WorldProof,
): BoundaryReport["proofs"][number] {
  if (name === "noStandingSecret")
    return {
      name,
      holds: leaks.length === 0,
      detail:
        leaks.length === 0
          ? `no secret was found anywhere${(trace?.spans ?? null) === null ? "; nobody could look at spans" : ""}`
          : `found in ${leaks.join(", ")}`,
    };
  if (openRoutes === undefined)
    return {
      name,
      holds: false,
      detail: "an agent in the broker's own process has every way out; run it in cells",
    };
  return {
    name,
    holds: openRoutes.length === 0,
    detail: openRoutes.length === 0 ? "every way out is closed" : `open: ${openRoutes.join(", ")}`,
  };
}
