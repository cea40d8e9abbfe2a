import { sha256 } from "@watchword/core";
import type { Attempt, ToolProblem } from "../attempt.ts";
import type { BoundaryReport, RowProblem, RowResult } from "../boundary-report.ts";
import type { ReportPlace } from "./report-place.ts";

/** What kind of thing is wrong; the first part of a rule's name in reports for machines. */
export type FindingKind =
  | RowProblem
  | "nothing_ran"
  | "missing_baseline"
  | "proof_failed"
  | `tool_${ToolProblem}`
  | "ledger_broken"
  | "mint_unrecorded"
  | "secret_leaked"
  | "trace_broken"
  | "route_open"
  | "mutant_survived";

/** One thing that keeps a run from being a proof, with all that a person needs who sees nothing else of the report. */
export interface Finding {
  readonly kind: FindingKind;
  /** Stable name of what was looked for: `allowed/tenant_mismatch`. */
  readonly rule: string;
  /** An untested boundary is a warning: nothing was seen to escape. */
  readonly level: "error" | "warning";
  readonly title: string;
  /** Id of the row that it is about; `null`: it is about the run. */
  readonly row: string | null;
  /** What was required, what was held, where and how to look again; one text to a line. */
  readonly lines: readonly (readonly [label: string, text: string])[];
  readonly place: ReportPlace | null;
  /** The same finding of the next run has the same one: a hash over grant, fact and mutation. */
  readonly fingerprint: string;
}

/** What a problem of a row means, as an end of a sentence about what was got. */
const PROBLEMS: Readonly<Record<RowProblem, string>> = Object.freeze({
  baseline_refused: "its baseline is refused, too, so the refusal proves nothing",
  allowed: "it was allowed",
  wrong_reason: "it was refused for something else than what was changed",
  minted: "a credential was minted",
  reached_system: "the system saw more than look-ups",
  unrecorded: "the refusal has no record of its own in the ledger",
  not_run: "the harness could not bring it about",
});

/** Everything of a report that keeps it from being a proof, rows first; empty when all holds. */
export function findingsOf(report: BoundaryReport): readonly Finding[] {
  return [
    ...nothing(report),
    ...report.rows.filter(({ problems }) => problems.length > 0).map(ofRow),
    ...report.baselines
      .filter(({ attempt }) => attempt.outcome !== "allowed")
      .map(({ grant, attempt }) => ofBaseline(report, grant, attempt)),
    ...report.missing.map(({ grant, missing }) =>
      finding(
        "missing_baseline",
        "missing_baseline",
        `${grant} has no allowed attempt`,
        placeOf(report, grant),
        [["needed", missing]],
        [grant],
      ),
    ),
    ...report.proofs
      .filter(({ holds }) => !holds)
      .map(({ name, detail }) =>
        finding(
          "proof_failed",
          `proof_failed/${name}`,
          `${name} does not hold`,
          null,
          [["found", detail]],
          [name],
        ),
      ),
    ...worldFindings(report),
    ...(report.mutants ?? [])
      .filter(({ killedBy }) => killedBy === null)
      .map(({ id, grant, change, place }) =>
        finding(
          "mutant_survived",
          "mutant_survived",
          `no row notices: ${change}`,
          place,
          [
            ["grant", grant],
            ["needed", "a row, or a test, that fails when the policy is changed like this"],
          ],
          [grant, id],
        ),
      ),
  ];
}

/** How a row went, by what it was and what was seen: `allowed, 1 mint, 1 effect`. */
export function gotOf({ outcome, reason, stage, seen }: Attempt): string {
  const counts = [counted(seen.mints, "mint"), counted(seen.effects, "effect")].filter((text) => text !== "");
  return [
    outcome,
    ...(reason === null ? [] : [reason]),
    ...(stage === "done" ? [] : [`at ${stage}`]),
    ...counts,
  ].join(", ");
}

function ofRow({ row, attempt, problems, place }: RowResult): Finding {
  const kind = problems[0] ?? "not_run";
  const about = finding(
    kind,
    `${kind}/${row.expected[0] ?? "any"}`,
    `${row.grant} × ${row.fact} × ${row.mutation}`,
    place,
    [
      ["tried", row.title],
      ["expected", `refused, ${row.expected.join(" or ")}`],
      ["got", gotOf(attempt)],
      ["so", problems.map((problem) => PROBLEMS[problem]).join("; ")],
      ...(attempt.detail === null ? [] : ([["detail", attempt.detail]] as const)),
      ...(attempt.decisionId === null ? [] : ([["decision", attempt.decisionId]] as const)),
      ["rerun", `watchword verify --only ${row.grant}:${row.fact}`],
    ],
    [row.grant, row.fact, row.mutation],
  );
  return { ...about, row: row.id };
}

function ofBaseline(report: BoundaryReport, grant: string, attempt: Attempt): Finding {
  const { toolProblem = null } = attempt;
  const kind = toolProblem === null ? "baseline_refused" : (`tool_${toolProblem}` as const);
  return finding(
    kind,
    `${kind}/baseline`,
    `${grant} × baseline${toolProblem === null ? "" : ": a tool does something else than it should"}`,
    placeOf(report, grant),
    [
      ["expected", "allowed"],
      ["got", gotOf(attempt)],
      ["so", "no refusal of this grant proves anything"],
      ...(attempt.detail === null ? [] : ([["detail", attempt.detail]] as const)),
      ["rerun", `watchword verify --only ${grant}`],
    ],
    [grant, "baseline"],
  );
}

function nothing({ rows, proofs }: BoundaryReport): Finding[] {
  if (rows.length + proofs.length > 0) return [];
  return [
    finding(
      "nothing_ran",
      "nothing_ran",
      "no row was run",
      null,
      [
        [
          "needed",
          "at least one row or proof: name grants by b.matrix() or a preset, or hand in a boundary file",
        ],
      ],
      [],
    ),
  ];
}

function worldFindings({ world, target }: BoundaryReport): Finding[] {
  return [
    // Nobody looks into a deployed broker's store; of a world's own, that would be no proof.
    ...(world.ledgerIntact === true || (world.ledgerIntact === null && target !== undefined)
      ? []
      : [
          finding(
            "ledger_broken",
            "ledger_broken",
            "the ledger does not verify",
            null,
            [["records", String(world.records)]],
            [],
          ),
        ]),
    ...(world.unrecordedMints ?? []).map((mint) =>
      finding(
        "mint_unrecorded",
        "mint_unrecorded",
        `a credential was minted before anything was recorded: ${mint}`,
        null,
        [["needed", "the intent durable before its mint begins, so that a crash in between is seen"]],
        [mint],
      ),
    ),
    ...world.leaks.map((place) =>
      finding(
        "secret_leaked",
        "secret_leaked",
        `a secret was found in ${place}`,
        null,
        [["needed", "no secret outside of broker and gateway"]],
        [place],
      ),
    ),
    ...(world.trace?.problems ?? []).map((problem) =>
      finding(
        "trace_broken",
        "trace_broken",
        `a trace does not say who acted: ${problem}`,
        null,
        [
          [
            "needed",
            "agent, run, tenant and principal on every span of a side effect, and one tenant in a trace",
          ],
        ],
        [problem],
      ),
    ),
    ...(world.openRoutes ?? []).map((route) =>
      finding(
        "route_open",
        "route_open",
        `the agent's cell reaches ${route}`,
        null,
        [["needed", "no way out but the broker's and the gateway's"]],
        [route],
      ),
    ),
  ];
}

function finding(
  kind: FindingKind,
  rule: string,
  title: string,
  place: ReportPlace | null,
  lines: Finding["lines"],
  identity: readonly string[],
): Finding {
  const level = kind === "mutant_survived" ? "warning" : "error";
  const fingerprint = sha256(JSON.stringify(isRow(identity) ? identity : [kind, ...identity]));
  return { kind, rule, level, title, row: null, lines, place, fingerprint };
}

/** A row keeps its fingerprint when it fails in another way. */
function isRow(identity: readonly string[]): boolean {
  return identity.length === 3;
}

function placeOf({ rows }: BoundaryReport, grant: string): ReportPlace | null {
  return rows.find(({ row, place }) => row.grant === grant && place !== null)?.place ?? null;
}

function counted(count: number, word: string): string {
  return count === 0 ? "" : `${count} ${word}${count === 1 ? "" : "s"}`;
}
