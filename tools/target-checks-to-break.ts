import type { BrokenCheck } from "./checks-to-break.ts";

const TARGET = "packages/boundary/src/target";
const ROWS = ["packages/boundary/test/target.test"];
const COMMAND = ["packages/cli/test/verify-target.test"];

const check = (
  name: string,
  file: string,
  find: string,
  replace: string,
  tests: BrokenCheck["tests"] = ROWS,
): BrokenCheck => ({ name: `boundary target: ${name}`, file, find, replace, tests });

/** What keeps a run against a deployed broker from having effects, and from saying more than it saw. */
export const TARGET_CHECKS: readonly BrokenCheck[] = [
  check(
    "no allowed write without leave",
    `${TARGET}/why-not-asked.ts`,
    "if (!rules.allowEffects && isWrite(situation, rules)) return NO_EFFECTS;",
    "",
  ),
  check(
    "nobody is asked for an approval without leave",
    `${TARGET}/why-not-asked.ts`,
    'row.fact === "approval" && !rules.allowEffects',
    'row.fact === "approval" && row.id === ""',
  ),
  check(
    "the honest showing of a replay is an allowed act",
    `${TARGET}/why-not-asked.ts`,
    'mutated.tampering === "replayed" ? whyNotAllowed(mutated, row.grant, rules) : null',
    "null",
  ),
  check(
    "nothing allowed happens before",
    `${TARGET}/why-not-asked.ts`,
    'if (mutated.before.length > 0) return "something allowed has to have its effect before";',
    "",
  ),
  check(
    "nothing is sent with what was given",
    `${TARGET}/target-world.ts`,
    'request: "nothing"',
    'request: "as-decided"',
    COMMAND,
  ),
  check(
    "runs over there are ended",
    `${TARGET}/target-world.ts`,
    "for (const run of started) await",
    "for (const run of [] as string[]) await",
    COMMAND,
  ),
  check(
    "only a refusal for tests that nobody arranged is left out",
    `${TARGET}/ask-rows.ts`,
    'reason.startsWith("eval_")',
    'reason !== "tenant_mismatch"',
  ),
  check(
    "a file that holds no token is quoted nowhere",
    `${TARGET}/target-identities.ts`,
    "throw new Error(`${path} holds no token`);",
    "throw new Error(`${path} holds no token: ${text}`);",
  ),
  check(
    "no key is made for a workload that has none",
    `${TARGET}/target-identities.ts`,
    'await access(join(place, "workload.jwk"))',
    "await access(directory)",
  ),
  check(
    "rows of another policy prove nothing",
    `${TARGET}/target-report.ts`,
    "holds: others.length === 0,",
    "holds: true,",
    COMMAND,
  ),
  check(
    "it is attested nowhere",
    "packages/boundary/src/reports/attest-report.ts",
    'if (report.isolation === "remote")',
    'if (report.policyVersion === "")',
  ),
  check(
    "of a world's own ledger somebody has looked",
    "packages/boundary/src/reports/finding.ts",
    "(world.ledgerIntact === null && target !== undefined)",
    "world.ledgerIntact === null",
  ),
];
