import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/boundary/src";
const HOLES = ["packages/boundary/test/planted-holes.test"];

const check = (name: string, file: string, find: string, replace: string): BrokenCheck => ({
  name: `boundary rows: ${name}`,
  file: `${SOURCE}/${file}`,
  find,
  replace,
  tests: HOLES,
});

/** What keeps a row that proves nothing from passing for a proof, to be broken one by one. */
export const ROW_CHECKS: readonly BrokenCheck[] = [
  check(
    "the unchanged attempt must be allowed",
    "judge-row.ts",
    'outcome !== "allowed"))',
    'outcome === "failed"))',
  ),
  check(
    "what nobody answered was not run",
    "judge-row.ts",
    'if (attempt.stage === "harness" || (attempt.outcome === "failed" && !passedOn))',
    "if (attempt.milliseconds < 0)",
  ),
  check(
    "what only the system refused was let through",
    "judge-row.ts",
    'attempt.outcome === "allowed" || passedOn',
    'attempt.outcome === "allowed"',
  ),
  check(
    "the reason must belong to the changed fact",
    "judge-row.ts",
    "!row.expected.includes(attempt.reason)",
    "false",
  ),
  check("nothing may be minted", "judge-row.ts", "seen.mints > 0", "false"),
  check("nothing may reach the system", "judge-row.ts", "seen.effects > 0 || seen.refused > 0", "false"),
  check("a refusal has one record", "judge-row.ts", "records === 1", "records < 2"),
  check(
    "of a world that does not open nothing is known",
    "run-rows.ts",
    "if (trouble !== undefined) for (const row of shared) attempts.set(row, notRun(trouble));",
    "",
  ),
  check(
    "a preset without a row is missing",
    "select-rows.ts",
    "if (found.length === 0 && unable === undefined) missing.push(nothing(selection));",
    "",
  ),
  check("a reader has no write", "select-rows.ts", "return write === undefined", "return true"),
  check("answers to the agent are searched", "world/same-process.ts", '"an answer to the agent",', '"",'),
  check(
    "where nobody could look no route is closed",
    "run-boundary.ts",
    "if (openRoutes === undefined)",
    "if (openRoutes === null)",
  ),
];
