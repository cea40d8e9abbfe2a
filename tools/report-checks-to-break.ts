import type { BrokenCheck } from "./checks-to-break.ts";

const REPORTS = "packages/boundary/src/reports";
const FILES = "packages/boundary/src/files";
const VERDICT = ["packages/boundary/test/verdict.test"];
const STATEMENT = ["packages/boundary/test/attest-statement.test"];
const ATTESTED = ["packages/boundary/test/attest-report.test"];
const MACHINES = ["packages/boundary/test/machine-reports.test"];
const PICTURES = ["packages/boundary/test/picture-reports.test"];
const READ = ["packages/boundary/test/boundary-file.test"];
const PROVEN = ["packages/boundary/test/prove-boundary-file.test"];
const MATCHERS = ["packages/boundary/test/boundary-matchers.test"];
const VERIFY = ["packages/cli/test/verify-command.test"];
const ACTION = ["packages/cli/test/boundary-action.test"];

const check = (
  name: string,
  file: string,
  find: string,
  replace: string,
  tests: BrokenCheck["tests"],
): BrokenCheck => ({ name: `boundary report: ${name}`, file, find, replace, tests });

/** What lets a run of the harness pass, or be shown, attested and believed, to be broken one by one. */
export const REPORT_CHECKS: readonly BrokenCheck[] = [
  check(
    "what was found, not only what the report says of itself",
    `${REPORTS}/verdict.ts`,
    "report.passed && failures.length === 0 &&",
    "report.passed &&",
    VERDICT,
  ),
  check(
    "what the report says of itself",
    `${REPORTS}/verdict.ts`,
    "report.passed && failures.length === 0 &&",
    "failures.length === 0 &&",
    VERDICT,
  ),
  check("the least score", `${REPORTS}/verdict.ts`, "score >= minScore", "score >= 0", VERDICT),
  check(
    "a report of nothing",
    `${REPORTS}/finding.ts`,
    "if (rows.length + proofs.length > 0) return [];",
    "if (rows.length + proofs.length >= 0) return [];",
    VERDICT,
  ),
  check(
    "only what holds is attested as passed",
    `${REPORTS}/attest-report.ts`,
    'code === 0 ? "PASSED" : "FAILED"',
    'code <= 1 ? "PASSED" : "FAILED"',
    STATEMENT,
  ),
  check(
    "no stronger isolation is attested than there was",
    `${REPORTS}/attest-report.ts`,
    "ISOLATIONS.indexOf(report.isolation) + 1",
    "ISOLATIONS.length",
    ATTESTED,
  ),
  check(
    "an annotation is one command",
    `${REPORTS}/github-annotations.ts`,
    '.replaceAll("\\n", "%0A")',
    "",
    MACHINES,
  ),
  check(
    "no text of a report is markup",
    `${REPORTS}/markup-text.ts`,
    `.replaceAll(/[&<>"']/g, `,
    `.replaceAll(/[&"']/g, `,
    [...MACHINES, ...PICTURES],
  ),
  check(
    "an exception ends with its day",
    `${FILES}/read-boundary-file.ts`,
    "now < Date.parse(`${until}T00:00:00Z`) + DAY_MS",
    "now < Date.parse(`${until}T00:00:00Z`) + 1_000 * DAY_MS",
    READ,
  ),
  check(
    "a refusal of a boundary file is judged",
    `${FILES}/prove-boundary-file.ts`,
    'every((problem) => problem === "baseline_refused")',
    "every(() => true)",
    PROVEN,
  ),
  check(
    "a failure of the harness satisfies no matcher",
    "packages/boundary/src/vitest/boundary-matchers.ts",
    'if (attempt.stage === "harness" || attempt.outcome === "failed")',
    'if (attempt.outcome === "failed")',
    MATCHERS,
  ),
  check(
    "what an agent finds around it is judged",
    "packages/boundary/src/vitest/boundary-matchers.ts",
    "openRoutes(looked, false)",
    "[]",
    MATCHERS,
  ),
  check(
    "in the test's own process nobody says that there is no way out",
    "packages/boundary/src/vitest/test-cell.ts",
    "routes: nowhere,",
    "routes: async () => ({ interfaces: [], routes: 0, targets: [] }),",
    ["packages/boundary/test/vitest-fixtures.test"],
  ),
  check(
    "a principal is whoever was asked for",
    "packages/boundary/src/vitest/boundary-matchers.ts",
    "differences(principal, expected).length === 0",
    "true",
    MATCHERS,
  ),
  check(
    "an agent's name is whole",
    "packages/boundary/src/vitest/boundary-matchers.ts",
    "agentId(held.agent) === wanted",
    "held.agent.startsWith(String(wanted))",
    MATCHERS,
  ),
  check(
    "a released credential lives as long as the system lets it",
    "packages/boundary/src/vitest/boundary-matchers.ts",
    'return custody === "gateway" ? seconds : nativeSeconds;',
    "return nativeSeconds === null || seconds < nativeSeconds ? seconds : nativeSeconds;",
    MATCHERS,
  ),
  check(
    "a part of the rows is not attested",
    "packages/cli/src/verify-command.ts",
    "flags.attest !== undefined && flags.only !== undefined",
    'flags.attest === "" && flags.only !== undefined',
    VERIFY,
  ),
  check(
    "a tree with changes is not attested",
    "packages/cli/src/tested-commit.ts",
    'if (changed !== "")',
    'if (changed === "no")',
    VERIFY,
  ),
  check(
    "the action's key is nobody else's to read",
    "actions/boundary/action.yml",
    "umask 077",
    "umask 022",
    ACTION,
  ),
  check(
    "the action's key is in no command's environment",
    "actions/boundary/action.yml",
    "unset ATTEST_KEY",
    "true",
    ACTION,
  ),
];
