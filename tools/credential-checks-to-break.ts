import type { BrokenCheck } from "./checks-to-break.ts";

const GITHUB = "packages/adapters/github/src";
const BROKER = "packages/broker/src";
const FORM = `${BROKER}/http/read-form-request.ts`;

const MINT = ["packages/adapters/github/test/github.test", "packages/adapters/github/test/github.contract"];
const CUSTODY = ["packages/policy/test/custody.test", "packages/broker/test/evidence.test"];
const RELEASED = ["packages/broker/test/evidence.test", "packages/broker/test/sqlite.contract"];
const HTTP = ["packages/broker/test/http.test"];
const DEMO = ["apps/demo/test/demo.test"];

/** What makes a credential narrow and keeps it where it belongs, the endpoint's own checks, and lines of the demo. */
export const CREDENTIAL_CHECKS: readonly BrokenCheck[] = [
  {
    name: "GitHub mint: for one repository by id",
    file: `${GITHUB}/installation-token.ts`,
    find: "? { repository_ids: [wish.repository.id] }",
    replace: "? {}",
    tests: MINT,
  },
  {
    name: "GitHub mint: with the operation's permissions only",
    file: `${GITHUB}/installation-token.ts`,
    find: "      permissions: wish.permissions,\n",
    replace: "",
    tests: MINT,
  },
  {
    name: "GitHub mint: what was granted is what GitHub answered",
    file: `${GITHUB}/mint-token.ts`,
    find: "granted: grantedBy(authority, given),",
    replace: "granted: authority,",
    tests: MINT,
  },
  {
    name: "GitHub mint: the answer's repositories",
    file: `${GITHUB}/mint-token.ts`,
    find: "repository_ids: given.repositories.map((repository) => String(repository.id)),",
    replace: 'repository_ids: authority.native["repository_ids"],',
    tests: MINT,
  },
  {
    name: "GitHub mint: the answer's name of the repository",
    file: `${GITHUB}/mint-token.ts`,
    find: 'resource: { repository: first?.full_name ?? "" },',
    replace: "",
    tests: MINT,
  },
  {
    name: "GitHub mint: the answer's selection",
    file: `${GITHUB}/mint-token.ts`,
    find: "repository_selection: given.selection,",
    replace: 'repository_selection: "selected",',
    tests: MINT,
  },
  {
    name: "GitHub mint: the answer's permissions",
    file: `${GITHUB}/mint-token.ts`,
    find: "permissions: given.permissions,",
    replace: 'permissions: authority.native["permissions"],',
    tests: MINT,
  },
  {
    name: "GitHub mint: no wider than planned",
    file: `${GITHUB}/github.ts`,
    find: "covers: sameAuthority,",
    replace: "covers: () => true,",
    tests: MINT,
  },
  {
    name: "GitHub mint: no longer than an hour",
    file: `${GITHUB}/mint-token.ts`,
    find: " || life > LONGEST_LIFE_SECONDS",
    replace: "",
    tests: MINT,
  },
  {
    name: "GitHub: the owner is the tenant's account",
    file: `${GITHUB}/own-repository.ts`,
    find: 'if (repository.split("/")[0] !== account)',
    replace: "if (repository === account)",
    tests: MINT,
  },
  {
    name: "GitHub: the repository is spelled as GitHub does",
    file: `${GITHUB}/complete-action.ts`,
    find: "if (fullName !== undefined && fullName !== repository)",
    replace: 'if (fullName === "")',
    tests: MINT,
  },
  {
    name: "GitHub: the head is what the broker read",
    file: `${GITHUB}/complete-action.ts`,
    find: "if (named !== undefined && named !== read)",
    replace: "if (named === null)",
    tests: MINT,
  },
  {
    name: "GitHub: the decided head stands in the merge",
    file: `${GITHUB}/routes.ts`,
    find: '      commit_message: ["message", ""],\n      sha: ["sha", ""],',
    replace: '      commit_message: ["message", ""],\n      head_sha: ["sha", ""],',
    tests: MINT,
  },
  {
    name: "GitHub review: of the head that was decided",
    file: `${GITHUB}/routes.ts`,
    find: 'commit_id: ["sha", ""]',
    replace: 'commit: ["sha", ""]',
    tests: MINT,
  },
  {
    name: "GitHub review: the broker reads the head",
    file: `${GITHUB}/complete-action.ts`,
    find: '  "pull_requests.review",\n',
    replace: "",
    tests: MINT,
  },
  {
    name: "GitHub workflow: started on a branch, not on a tag of its name",
    file: `${GITHUB}/routes.ts`,
    find: '["branch", "refs/heads/", "short"]',
    replace: '["branch", "", "short"]',
    tests: ["packages/adapters/github/test/read-request"],
  },
  {
    name: "GitHub workflow: its start is done with 204 and no page",
    file: `${GITHUB}/read-outcome.ts`,
    find: "if (WITHOUT_BODY.has(authority.operation) && status === 204)\n    return response.body.byteLength === 0",
    replace:
      "if (WITHOUT_BODY.has(authority.operation) && status === 204)\n    return response.body.byteLength < 100",
    tests: ["packages/adapters/github/test/github.test"],
  },
  {
    name: "GitHub release: not of a tag that is there",
    file: `${GITHUB}/resolve-facts.ts`,
    find: "return taken === undefined ? facts : {};",
    replace: "return taken === null ? {} : facts;",
    tests: ["packages/adapters/github/test/github.test"],
  },
  {
    name: "GitHub server: requests are read below its path alone",
    file: `${GITHUB}/read-request.ts`,
    find: "request.path.startsWith(`${settings.pathPrefix}/`)",
    replace: "request.path !== settings.pathPrefix",
    tests: ["packages/adapters/github/test/enterprise-server"],
  },
  {
    name: "custody: released only by a system that can",
    file: "packages/policy/src/check-custody.ts",
    find: 'if (capabilities.custody !== "released")',
    replace: "if (capabilities === null)",
    tests: CUSTODY,
  },
  {
    name: "custody: released only with its residual accepted by name",
    file: "packages/policy/src/check-custody.ts",
    find: "if (missing.length === 0) return [];",
    replace: "if (missing !== null) return [];",
    tests: CUSTODY,
  },
  {
    name: "custody: a broker starts with an accepted residual only",
    file: `${BROKER}/create-broker.ts`,
    find: "    ...checkCustody(policy, systems),\n",
    replace: "",
    tests: CUSTODY,
  },
  {
    name: "custody: a released lease opens nothing at the gateway",
    file: `${BROKER}/sqlite/write-leases.ts`,
    find: 'if (custody === "released") return "lease_unknown";',
    replace: "",
    tests: RELEASED,
  },
  {
    name: "custody: the budget of a released lease does not come back",
    file: `${BROKER}/sqlite/write-leases.ts`,
    find: ' && custody !== "released"',
    replace: "",
    tests: RELEASED,
  },
  {
    name: "custody: the kind of token that was asked for, or none",
    file: `${BROKER}/act.ts`,
    find: "if (requested !== undefined && requested !== given)",
    replace: "if (requested === null)",
    tests: RELEASED,
  },
  {
    name: "custody: a start, a renewal or a delegation gives a run token",
    file: `${BROKER}/exchange.ts`,
    find: "if (request.requested_token_type !== undefined && request.requested_token_type !== run)",
    replace: "if (request.requested_token_type === null)",
    tests: ["packages/broker/test/start.test", ...HTTP],
  },
  {
    name: "endpoint: no coded body",
    file: FORM,
    find: 'if (request.headers.has("content-encoding"))',
    replace: "if (request === null)",
    tests: HTTP,
  },
  {
    name: "endpoint: no client authentication in a header",
    file: FORM,
    find: 'if (!authorization && request.headers.has("authorization"))',
    replace: "if (request === null)",
    tests: HTTP,
  },
  {
    name: "endpoint: no longer than an honest request",
    file: `${BROKER}/http/read-utf8.ts`,
    find: "if (size > maxBytes)",
    replace: "if (size < 0)",
    tests: HTTP,
  },
  {
    name: "endpoint: evidence as JSON that says so",
    file: `${BROKER}/http/read-json-text.ts`,
    find: 'if (!JSON_TYPE.test(request.headers.get("content-type")?.trim() ?? ""))',
    replace: "if (JSON_TYPE === null)",
    tests: ["packages/broker/test/evidence.test"],
  },
  {
    name: "endpoint: evidence with nothing in the query",
    file: `${BROKER}/http/read-json-text.ts`,
    find: 'if (new URL(request.url).search !== "")',
    replace: 'if (request.url === "")',
    tests: ["packages/broker/test/evidence.test"],
  },
  {
    name: "demo step 8: failed evals, also of an earlier head, are red",
    file: `${GITHUB}/sum-readings.ts`,
    find: 'check.conclusion !== "success" || ',
    replace: "",
    tests: DEMO,
  },
  {
    name: "demo step 8: what the source says about the head is read at all",
    file: `${BROKER}/evidence/read-evidence.ts`,
    find: "read[name] = { commit, ...(await readOne(name, declared, commit)) };",
    replace:
      'read[name] = { commit, state: "pass", finishedAt: Math.floor(context.clock.now() / 1_000), detail: "" };',
    tests: DEMO,
  },
  {
    name: "demo step 8: a check that the agent's workflow posts is no job",
    file: `${GITHUB}/workflow-run.ts`,
    find: "if (runs.length === 0) return none(`suite ${suite.id} has no workflow run`);",
    replace:
      'if (runs.length === 0) return { counted: suite.checks.map((check) => ({ ...check, completedAt: check.completed_at, label: "check" })), reasons: [], unseen: false };',
    tests: DEMO,
  },
  {
    name: "demo step 8: evals that still run are pending",
    file: "packages/policy/src/evidence-check.ts",
    find: 'about?.state === "pending" ? "eval_pending" : "eval_red"',
    replace: '"eval_red"',
    tests: DEMO,
  },
  {
    name: "demo step 8: the token is ended after its use",
    file: `${GITHUB}/installation-token.ts`,
    find: 'method: "DELETE",\n      path: "/installation/token",',
    replace: 'method: "GET",\n      path: "/installation/token",',
    tests: DEMO,
  },
  {
    name: "demo step 9: a subagent acts under its own name",
    file: "packages/policy/src/decide.ts",
    find: "const grants = policy.index.get(grantKey(agent.id, action.system, action.operation)) ?? [];",
    replace:
      "const grants = policy.index.get(grantKey(request.run.chain[0] ?? agent.id, action.system, action.operation)) ?? [];",
    tests: DEMO,
  },
  {
    name: "demo step 9: more than the parent's rule is refused, not trimmed",
    file: "packages/policy/src/delegated-ceiling.ts",
    find: "wanted === undefined ? withoutCovered(",
    replace: "wanted !== null ? withoutCovered(",
    tests: DEMO,
  },
];
