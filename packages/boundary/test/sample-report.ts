import type { Attempt, BoundaryReport, Fact, Row, RowProblem, RowResult, Situation } from "../src/index.ts";

/** Where the sample's grant stands. */
export const PLACE = { file: "policy/refund.yaml", line: 14 } as const;

const SITUATION: Situation = {
  agent: "support",
  tenant: "acme",
  user: "verified",
  background: false,
  via: [],
  tool: "refund",
  action: { system: "payments", operation: "refunds.create", resource: {}, arguments: { charge: "ch_1" } },
  evidence: {},
  approval: "none",
  run: "living",
  request: "as-decided",
  before: [],
};

/** A refusal as it must be, changed as told. */
export function attemptWith(change: Partial<Attempt> = {}): Attempt {
  return {
    outcome: "refused",
    stage: "act",
    reason: "tenant_mismatch",
    failedFact: "tenant",
    decisionId: "dec_1",
    detail: null,
    seen: { mints: 0, effects: 0, refused: 0 },
    records: 1,
    milliseconds: 3,
    ...change,
  };
}

/** An attempt that went through. */
export const ALLOWED: Attempt = attemptWith({
  outcome: "allowed",
  stage: "done",
  reason: null,
  failedFact: null,
  seen: { mints: 1, effects: 1, refused: 0 },
});

/** One row of a grant and how it went; a proof unless problems are named. */
export function rowResult(
  change: Partial<Row> = {},
  problems: readonly RowProblem[] = [],
  attempt: Attempt = problems.length === 0 ? attemptWith() : ALLOWED,
): RowResult {
  const grant = change.grant ?? "refund-own-tenant";
  const fact: Fact = change.fact ?? "tenant";
  const mutation = change.mutation ?? "foreign-object";
  const row: Row = {
    id: `${grant}/${fact}/${mutation}`,
    grant,
    fact,
    mutation,
    title: "a charge of another tenant",
    baseline: SITUATION,
    mutated: SITUATION,
    expected: ["tenant_mismatch"],
    alone: false,
    ...change,
  };
  return { row, attempt, problems, place: PLACE };
}

/** A report in which everything holds, changed as told. */
export function reportWith(change: Partial<BoundaryReport> = {}): BoundaryReport {
  return {
    version: 1,
    policyVersion: "7f3ac21b".repeat(5),
    isolation: "container",
    isolationReason: null,
    startedAt: "2026-11-24T20:00:00.000Z",
    milliseconds: 6_800,
    rows: [
      rowResult(),
      rowResult({ fact: "argument", mutation: "over-limit", expected: ["limit_exceeded"] }),
    ],
    baselines: [{ grant: "refund-own-tenant", attempt: ALLOWED }],
    missing: [],
    excluded: [],
    proofs: [{ name: "noRoute", holds: true, detail: "no interface but lo" }],
    world: { ledgerIntact: true, records: 12, leaks: [], openRoutes: [] },
    mutants: null,
    passed: true,
    ...change,
  };
}

/** A report in which one of everything went wrong, with texts that somebody hostile chose. */
export function brokenReport(hostile = ""): BoundaryReport {
  return reportWith({
    isolation: "process",
    isolationReason: `no engine answered at the socket${hostile}`,
    rows: [
      rowResult(),
      rowResult({ mutation: `other${hostile}`, title: `a charge${hostile}` }, ["allowed", "minted"]),
      rowResult(
        { fact: "run", mutation: "ended", expected: ["run_ended"] },
        ["not_run"],
        attemptWith({
          outcome: "failed",
          stage: "harness",
          reason: null,
          detail: `nobody answered${hostile}`,
        }),
      ),
    ],
    baselines: [{ grant: `merge${hostile}`, attempt: attemptWith({ reason: "eval_red" }) }],
    missing: [{ grant: `query${hostile}`, missing: `arguments that name a table of acme${hostile}` }],
    excluded: [{ fact: "time", grant: "refund-own-tenant", reason: `it works at night${hostile}` }],
    proofs: [{ name: "noStandingSecret", holds: false, detail: `in the environment${hostile}` }],
    world: {
      ledgerIntact: false,
      records: 3,
      leaks: [`agent stdout${hostile}`],
      openRoutes: [`1.1.1.1:443${hostile}`],
    },
    mutants: [
      {
        id: "m1",
        grant: "refund-own-tenant",
        change: `args.amount.max raised${hostile}`,
        place: PLACE,
        killedBy: null,
      },
      {
        id: "m2",
        grant: "refund-own-tenant",
        change: "ownedBy removed",
        place: PLACE,
        killedBy: "refund-own-tenant/tenant/foreign-object",
      },
    ],
    passed: false,
  });
}

/** What ends strings, elements, lines, commands and the direction of writing. */
export const HOSTILE = `"'><script>alert(1)</script>&amp;]]>%0A::error::x\n::set-output name=a::b\u001b[31m\u202E,:\uFFFE`;
