import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/boundary/src";
const HOLES = ["packages/boundary/test/planted-holes.test"];

const TURNS = ["packages/boundary/test/turns.test"];

const SERVICES = ["packages/boundary/test/own-services.test"];

const TOOLS = ["packages/boundary/test/planted-tools.test"];

const check = (
  name: string,
  file: string,
  find: string,
  replace: string,
  tests: readonly string[] = HOLES,
): BrokenCheck => ({
  name: `boundary rows: ${name}`,
  file: `${SOURCE}/${file}`,
  find,
  replace,
  tests,
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
  check(
    "the system sees no more of a tool than left with its lease",
    "world/use-tool.ts",
    "if (writes > deed.writes)",
    "if (writes < 0)",
    TOOLS,
  ),
  check(
    "a tool's call is decided as somebody wrote it down",
    "world/deed-of.ts",
    "if (!leftOpen && textOf(wanted, name) !== textOf(held, name))",
    "if (!leftOpen && held === undefined)",
    TOOLS,
  ),
  check(
    "what a tool asks for is not left to the broker",
    "world/deed-of.ts",
    "entry.decided.includes(name) && !proposed.includes(name)",
    "entry.decided.includes(name)",
    TOOLS,
  ),
  check(
    "what leaves for a system is what a tool's call means",
    "world/deed-of.ts",
    "const problem = requestProblem(entry, expected, seen);",
    "const problem = requestProblem(entry, { ...expected, ...seen }, seen);",
    TOOLS,
  ),
  check(
    "an allowed tool does something",
    "world/use-tool.ts",
    "if (deed.requests === 0)",
    "if (deed.requests < 0)",
    TOOLS,
  ),
  check(
    "a mint is looked at before it begins",
    "world/intent-witness.ts",
    "if (!(await this.#isAwaited(tenant, system, operation)))",
    "if ((await this.#isAwaited(tenant, system, operation)) === undefined)",
    TOOLS,
  ),
  check(
    "a mint before its record keeps a report from passing",
    "world-holds.ts",
    "(unrecordedMints ?? []).length === 0",
    "(unrecordedMints ?? []).length >= 0",
    TOOLS,
  ),
  check(
    "a tool without a guard is missing",
    "tools/missing-tools.ts",
    "...tools.unguarded.map(",
    "...[].map(",
    ["packages/boundary/test/tools.test"],
  ),
  check(
    "a tool without an example is missing",
    "matrix/tool-rows.ts",
    "if (fitting.length === 0)",
    "if (fitting.length < 0)",
    ["packages/boundary/test/tools.test"],
  ),
  check(
    "a tool's answer to the model is searched",
    "world/runtime-tools.ts",
    'look?.("a tool\'s answer to the model", JSON.stringify(shown) ?? "");',
    "",
    TOOLS,
  ),
  check(
    "a row that is no proof after others is looked at alone",
    "take-turns.ts",
    "else left.push(row);",
    "else attempts.set(row, attempt);",
    TURNS,
  ),
  check(
    "a changed request must have got to the gateway",
    "take-turns.ts",
    'attempt.stage === "gateway"',
    "attempt.records > 0",
    TURNS,
  ),
  check(
    "a world that refuses everything proves nothing",
    "take-turns.ts",
    'if (attempt.outcome === "allowed") keep(',
    'if (attempt.outcome !== "failed") keep(',
    TURNS,
  ),
  check(
    "between two that spend nothing is remembered",
    "turns-of.ts",
    "mutated: later(row.mutated, index * step),",
    "mutated: row.mutated,",
    TURNS,
  ),
  check(
    "a token for one service is shown to another",
    "world/tool-call-for.ts",
    'request === "at-another-service" ? anotherService(set, action) : action',
    'request === "at-another-service" ? action : action',
    SERVICES,
  ),
  check(
    "a service that is asked with a token says why it refuses",
    "world/send-to-service.ts",
    "reason: response.ok ? null : reasonIn(await response.text())",
    'reason: "request_mismatch"',
    SERVICES,
  ),
  check(
    "what no grant releases is searched for",
    "world/without-released.ts",
    'if (!grants.some(({ custody }) => custody === "released")) return text;',
    "if (grants.length === 0) return text;",
    SERVICES,
  ),
  check(
    "a system without a secret is given none",
    "world/open-stage.ts",
    "secret === undefined ? {} :",
    "secret === undefined ? { secret: name } :",
    SERVICES,
  ),
  {
    name: "boundary rows: one account for all tenants is nobody's other account",
    file: `${SOURCE}/matrix/tenant-rows.ts`,
    find: " || value === ours[field]",
    replace: "",
    tests: ["packages/boundary/test/shared-account.test"],
  },
];
