import { type Policy, loadPolicy } from "@watchword/policy";
import type { Attempt } from "./attempt.ts";
import type { BoundarySuite } from "./boundary.ts";
import type { BoundaryReport } from "./boundary-report.ts";
import { excludedByFiles, selectionsOfFiles } from "./files/selections-of-files.ts";
import { proveFiles } from "./files/prove-files.ts";
import { type BoundaryFile, readBoundaryFile } from "./files/read-boundary-file.ts";
import { runBoundary } from "./run-boundary.ts";
import type { RunOptions } from "./run-options.ts";
import { toolsUrl } from "./tools/tools-url.ts";
import { loadParts } from "./world/load-parts.ts";
import { sameProcess } from "./world/same-process.ts";
import type { CellIsolation } from "./cells/cell-isolation.ts";
import type { Isolation, OpenWorld, WorldProof } from "./world.ts";
import { wholeTrace } from "./whole-trace.ts";
import { worldHolds } from "./world-holds.ts";

/** How `watchword verify` runs a suite. */
export interface VerifyOptions extends Omit<RunOptions, "onRow"> {
  /** The weakest isolation that will do. Left out: worlds in this process. */
  readonly require?: CellIsolation;
  /** The module whose default export the suite is: cells import it themselves, since functions do not travel. */
  readonly module: URL;
  /** Boundary files, read by whoever calls. */
  readonly files?: readonly { readonly name: string; readonly text: string }[];
  /** Hears of each attempt when it is over. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** Whether a value is what `boundary(…)` gives, whichever copy of this package made it. */
export function isBoundarySuite(value: unknown): value is BoundarySuite {
  const suite = value as Partial<BoundarySuite> | null | undefined;
  return (
    typeof suite === "object" &&
    suite !== null &&
    Array.isArray(suite.selections) &&
    typeof suite.systems === "object" &&
    (typeof suite.policy === "string" || typeof suite.policy?.version === "string")
  );
}

/**
 * Runs a suite as a command does: with boundary files, for some rows alone, in the isolation that is required.
 *
 * @throws IsolationMissing, PartsMissing; Refusal `policy_invalid`, and `configuration_invalid` for a boundary file, and for an `only` that names no row
 */
export async function verifyBoundary(suite: BoundarySuite, options: VerifyOptions): Promise<BoundaryReport> {
  const policy = await policyOf(suite, options);
  const files = (options.files ?? []).map(({ name, text }) =>
    readBoundaryFile(name, text, policy, Date.now()),
  );
  await loadParts();
  await using place = await placeFor(suite, options);
  const open = heard(place.open, options.onAttempt);
  const { only, mutate } = options;
  const report = await runBoundary(
    { ...suite, policy, selections: [...suite.selections, ...selectionsOfFiles(files)] },
    {
      openWorld: open,
      ...(place.isolation === undefined ? {} : { isolation: place.isolation, isolationReason: place.reason }),
      ...(only === undefined ? {} : { only }),
      ...(mutate === undefined ? {} : { mutate }),
    },
  );
  return withFiles(report, files, { ...suite, policy }, open);
}

async function policyOf({ policy }: BoundarySuite, options: VerifyOptions): Promise<Policy> {
  if (options.policy !== undefined) return loadPolicy(options.policy);
  return typeof policy === "string" ? loadPolicy(policy) : policy;
}

interface Place extends AsyncDisposable {
  readonly open: OpenWorld;
  readonly isolation: Isolation | undefined;
  readonly reason: string | null;
}

async function placeFor(
  { tools }: BoundarySuite,
  { require: required, module }: VerifyOptions,
): Promise<Place> {
  if (required === undefined)
    return {
      open: sameProcess(),
      isolation: undefined,
      reason: null,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  const { openCells } = await import("./cells/open-cells.ts");
  const cells = await openCells({
    systems: { module, name: "default" },
    required,
    ...(tools === undefined ? {} : { tools: toolsUrl(tools, module) }),
  });
  return cells;
}

/** Worlds whose attempts somebody hears of. */
function heard(open: OpenWorld, onAttempt: VerifyOptions["onAttempt"]): OpenWorld {
  if (onAttempt === undefined) return open;
  return async (options) => {
    const world = await open(options);
    return {
      isolation: world.isolation,
      attempt: async (situation) => {
        const attempt = await world.attempt(situation);
        onAttempt(attempt);
        return attempt;
      },
      prove: () => world.prove(),
      [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
    };
  };
}

/** The report with what boundary files expect; it passes only when that holds, too. */
async function withFiles(
  report: BoundaryReport,
  files: readonly BoundaryFile[],
  { policy, systems, tools }: BoundarySuite & { readonly policy: Policy },
  open: OpenWorld,
): Promise<BoundaryReport> {
  if (files.length === 0) return report;
  const found = await proveFiles(files, { policy, systems, ...(tools === undefined ? {} : { tools }) }, open);
  const ran = report.rows.length > 0;
  const world = ran ? bothWorlds(report.world, found.world) : found.world;
  const proofs = [...report.proofs, ...found.proofs];
  const passed =
    report.rows.length + proofs.length > 0 &&
    report.rows.every(({ problems }) => problems.length === 0) &&
    report.missing.length === 0 &&
    proofs.every(({ holds }) => holds) &&
    worldHolds(world);
  return { ...report, proofs, world, excluded: [...report.excluded, ...excludedByFiles(files)], passed };
}

function bothWorlds(one: WorldProof, other: WorldProof): WorldProof {
  const open = one.openRoutes === undefined || other.openRoutes === undefined;
  const trace = wholeTrace([one, other]);
  return {
    ledgerIntact: one.ledgerIntact === true && other.ledgerIntact === true,
    records: one.records + other.records,
    leaks: [...new Set([...one.leaks, ...other.leaks])],
    ...(trace === undefined ? {} : { trace }),
    unrecordedMints: [...new Set([...(one.unrecordedMints ?? []), ...(other.unrecordedMints ?? [])])],
    openRoutes: open ? undefined : [...new Set([...(one.openRoutes ?? []), ...(other.openRoutes ?? [])])],
  };
}
