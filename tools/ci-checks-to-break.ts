import type { BrokenCheck } from "./checks-to-break.ts";

const EVIDENCE = "packages/broker/src/evidence";
const SOURCE = `${EVIDENCE}/posted-source.ts`;
const POST = `${EVIDENCE}/post-as-job.ts`;
const NEWER = `${EVIDENCE}/newer-reading.ts`;
const CLAIMS = "packages/identity/src/actions-claims.ts";
const RULE = "packages/policy/src/claim-rule.ts";

const POSTED = ["packages/broker/test/evidence-ci.test"];
const BOTH = ["packages/broker/test/evidence-newer.test"];
const FORMATS = ["packages/broker/test/evidence-formats.test"];
const TOKENS = ["packages/identity/test/github-actions.test"];
const RULES = ["packages/policy/test/claim-rule.test"];

const source = (name: string, find: string, replace: string, tests = POSTED): BrokenCheck => ({
  name: `ci: ${name}`,
  file: SOURCE,
  find,
  replace,
  tests,
});
const format = (name: string, file: string, find: string, replace: string): BrokenCheck => ({
  name: `report: ${name}`,
  file: `${EVIDENCE}/${file}.ts`,
  find,
  replace,
  tests: FORMATS,
});

/** What CI may post with its own token, and what makes a report green, to be broken one by one. */
export const CI_CHECKS: readonly BrokenCheck[] = [
  source("the issuer of the source's server", "job.issuer === (tokenIssuer ?? GITHUB_ACTIONS_ISSUER) &&", ""),
  source("the repository's number", "job.claims.repository_id === repositoryId &&", ""),
  source(
    "the owner's number",
    "(ownerId === undefined || job.claims.repository_owner_id === ownerId)",
    "ownerId !== ''",
  ),
  source("the ref", "if (claims.ref !== declared.ref)", 'if (claims.ref === "")'),
  source("a protected ref", 'if (claims.ref_protected !== "true")', "if (!claims.ref_protected)"),
  source("the workflow", "if (claims.workflow_ref !== workflow)", 'if (claims.workflow_ref === "")'),
  source(
    "the job's own workflow",
    "if (claims.job_workflow_ref !== workflow)",
    'if (claims.job_workflow_ref === "")',
  ),
  source("the event", "event === claims.event_name && ", ""),
  source("never the base's token", " && event !== BASE_EVENT", " && event !== undefined"),
  source("one source of several", "if (more.length > 0)", "if (more.length > 9)"),
  {
    name: "ci: whom no source declares fills no ledger",
    file: POST,
    find: "if (!isDeclaredRepository(context.policy, job))",
    replace: 'if (job.issuer === "")',
    tests: POSTED,
  },
  {
    name: "ci: the commit of the token",
    file: POST,
    find: "if (commits !== undefined && ",
    replace: "if (commits === null && ",
    tests: POSTED,
  },
  {
    name: "ci: the suite of the source",
    file: POST,
    find: "if (suites !== undefined && ",
    replace: "if (suites === null && ",
    tests: POSTED,
  },
  {
    name: "ci: a token is spent with a post",
    file: POST,
    find: "    },\n    job.token,\n  );\n  if",
    replace: "    },\n  );\n  if",
    tests: POSTED,
  },
  {
    name: "ci: tests that ended during the job",
    file: POST,
    find: " && finishedAt >= now - MAX_REPORT_AGE_SECONDS",
    replace: "",
    tests: POSTED,
  },
  {
    name: "ci: a use that no login has",
    file: "packages/broker/src/verify-identity.ts",
    find: " || !verifier.uses.includes(use)",
    replace: "",
    tests: POSTED,
  },
  {
    name: "ci: what is out of sight may be red",
    file: NEWER,
    find: "return checks.absent === true ? said : checks;",
    replace: "return said;",
    tests: BOTH,
  },
  {
    name: "ci: what still runs is newer",
    file: NEWER,
    find: 'if (checks.state === "pending" || checks.finishedAt === null) return checks;',
    replace: "if (checks.finishedAt === null) return said;",
    tests: BOTH,
  },
  {
    name: "ci: red wins a tie",
    file: NEWER,
    find: 'return checks.state === "pass" ? said : checks;',
    replace: 'return checks.state === "pass" ? checks : said;',
    tests: BOTH,
  },
  {
    name: "ci: a format that is said",
    file: "packages/broker/src/http/read-report.ts",
    find: 'own === format || type === "application/json"',
    replace: 'type !== ""',
    tests: BOTH,
  },
  {
    name: "ci: a protected ref is a text",
    file: CLAIMS,
    find: 'ref_protected: z.enum(["true", "false"]),',
    replace: "ref_protected: z.unknown(),",
    tests: TOKENS,
  },
  {
    name: "ci: the subject agrees",
    file: CLAIMS,
    find: 'if (!agrees(claims.sub, claims)) wrong("sub");',
    replace: "",
    tests: TOKENS,
  },
  {
    name: "claims: each of them",
    file: RULE,
    find: "Object.entries(rules).every(",
    replace: "Object.entries(rules).some(",
    tests: RULES,
  },
  {
    name: "claims: equal to the letter",
    file: RULE,
    find: "return claim === rule;",
    replace: "return String(claim).includes(String(rule));",
    tests: RULES,
  },
  format("some test passed", "formats/judge-counts", "passed > 0 && ", ""),
  format("none was skipped", "formats/judge-counts", "skipped === 0 && ", ""),
  format("an error is no pass", "formats/judge-counts", "errored === 0 && ", ""),
  format("what the format itself knows", "formats/judge-counts", " && problems.length === 0", ""),
  format(
    "a minimum for what is only measured",
    "meets-minimum",
    "return ungraded === true",
    "return state === null",
  ),
  format("every score, not their mean", "meets-minimum", "!values.every(", "!values.some("),
  format("a score that is there", "meets-minimum", "if (values.length === 0)", "if (values.length < 0)"),
  format("a log's status", "formats/inspect-log", 'log.status === "success"', 'log.status !== ""'),
  format(
    "a threshold of its own",
    "formats/result-record",
    "score === undefined || score < threshold",
    "score === null",
  ),
  format("no entity of its own", "formats/read-xml", "if (OTHER_ENTITY.test(text))", 'if (text === "\\0")'),
  format(
    "lists that agree with counts",
    "formats/vitest-report",
    "tests.length === report.numTotalTests &&",
    "",
  ),
  format(
    "a scored test with its score",
    "formats/vitest-report",
    "tests.some(lacksScore)",
    "tests.length < 0",
  ),
];
