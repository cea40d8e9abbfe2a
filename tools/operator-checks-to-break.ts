import type { BrokenCheck } from "./checks-to-break.ts";

const HAT = "packages/broker/src/operators/choose-hat.ts";
const SCOPE = "packages/broker/src/operators/operator-scope.ts";
const READ = "packages/broker/src/http/read-operator-request.ts";

const ROLES = ["packages/broker/test/operators.test"];
const ACTS = ["packages/broker/test/operators-acts.test"];
const SERVER = ["packages/server/test/operators.test"];

/** What operators may do rests on these. */
export const OPERATOR_CHECKS: readonly BrokenCheck[] = [
  {
    name: "operators: nobody without one of the roles",
    file: HAT,
    find: "hat.roles.some((role) => roles.includes(role))",
    replace: "hat.roles.some((role) => roles.includes(role) || roles.length > 0)",
    tests: ROLES,
  },
  {
    name: "operators: what is everybody's is not one tenant's",
    file: HAT,
    find: 'reach === "tenant" || tenant === undefined',
    replace: 'reach !== "" || tenant === undefined',
    tests: ROLES,
  },
  {
    name: "operators: a change needs a fresh login",
    file: HAT,
    find: 'login === "any" || !freshLogin',
    replace: 'login !== "" || !freshLogin',
    tests: ROLES,
  },
  {
    name: "operators: a login in the future is not fresh",
    file: HAT,
    find: "Math.abs(now - authenticatedAt) <= FRESH_LOGIN_SECONDS",
    replace: "now - authenticatedAt <= FRESH_LOGIN_SECONDS",
    tests: ROLES,
  },
  {
    name: "operators: another tenant's is not there",
    file: SCOPE,
    find: "if (scope.tenant !== undefined && tenant !== scope.tenant) throw notFound();",
    replace: "",
    tests: ROLES,
  },
  {
    name: "operators: nothing of another tenant's is listed",
    file: SCOPE,
    find: "const tenant = own ?? asked;",
    replace: "const tenant = asked;",
    tests: ROLES,
  },
  {
    name: "operators: who finds nothing of another tenant's",
    file: "packages/broker/src/operators/operations/decision-operations.ts",
    find: "if (scope.tenant !== undefined && found.record.tenant !== scope.tenant) continue;",
    replace: "",
    tests: ROLES,
  },
  {
    name: "operators: a tenant's own stops no agent and no system",
    file: "packages/broker/src/operators/operations/freeze-operations.ts",
    find: 'if (kind !== "tenant")',
    replace: 'if (kind === "")',
    tests: ROLES,
  },
  {
    name: "operators: a token without the tenant's claim is not one for every tenant",
    file: "packages/broker/src/operators/identify-operator.ts",
    find: "return parsed.success ? [{ name, roles, tenant: parsed.data, freshLogin }] : [];",
    replace: "return [{ name, roles, tenant: parsed.data, freshLogin }];",
    tests: ROLES,
  },
  {
    name: "operators: claims must hold",
    file: "packages/broker/src/operators/identify-operator.ts",
    find: "if (issuer !== identity.issuer || !claimsHold(claim, identity.claims)) return [];",
    replace: "if (issuer !== identity.issuer) return [];",
    tests: ROLES,
  },
  {
    name: "operators: an answer holds what is described and nothing else",
    file: "packages/broker/src/operators/operator-operation.ts",
    find: "return answer.parse(result);",
    replace: "return result;",
    tests: ROLES,
  },
  {
    name: "operators: an opening is on record before it is given",
    file: "packages/broker/src/operators/record-act.ts",
    find: 'throw Refusal.from(error, "ledger_unavailable");',
    replace: 'void Refusal.from(error, "ledger_unavailable");',
    tests: ACTS,
  },
  {
    name: "operators: who opened something is not erased with it",
    file: "packages/broker/src/operators/erase-personal.ts",
    find: "if (commitment === undefined || OPERATORS_OWN.has(kind)) continue;",
    replace: "if (commitment === undefined) continue;",
    tests: ACTS,
  },
  {
    name: "operators: nobody approves under a grant that they brought in",
    file: "packages/broker/src/approvals/grant-authors.ts",
    find: "if (grant === undefined || !(await isAuthor(context, approver, grant.digest))) return;",
    replace: "if (grant === undefined || !(await isAuthor(context, approver, grant.id))) return;",
    tests: ACTS,
  },
  {
    name: "operators: a verifier is for operators alone",
    file: "packages/broker/src/operators/operator-options.ts",
    find: 'if (uses.length !== 1 || uses[0] !== "operator")',
    replace: 'if (!uses.includes("operator"))',
    tests: ROLES,
  },
  {
    name: "operators: a job is of a named repository",
    file: "packages/broker/src/operators/operator-options.ts",
    find: 'if (issuer === GITHUB_ACTIONS_ISSUER && !Object.hasOwn(claim, "repository_id"))',
    replace: 'if (issuer === "" && !Object.hasOwn(claim, "repository_id"))',
    tests: ROLES,
  },
  {
    name: "operators: no page of a browser",
    file: READ,
    find: 'if (request.headers.has("origin"))',
    replace: 'if (request.headers.has("no-such-header"))',
    tests: ROLES,
  },
  {
    name: "operators: no parameter comes twice",
    file: READ,
    find: "if (Object.hasOwn(query, name))",
    replace: 'if (name === " ")',
    tests: ROLES,
  },
  {
    name: "operators: no body where none belongs",
    file: READ,
    find: 'if (text !== "") throw malformed("a body where none belongs");',
    replace: "",
    tests: ROLES,
  },
  {
    name: "cli: no operator's token in the clear",
    file: "packages/cli/src/operators-api.ts",
    find: 'const plain = url?.protocol === "http:" && LOOPBACK.test(url.hostname);',
    replace: 'const plain = url?.protocol === "http:";',
    tests: ["packages/cli/test/operate-command.test"],
  },
  {
    name: "server: operators' tokens are for nothing else",
    file: "packages/server/src/operator-options.ts",
    find: 'audience: `${configuration.document.issuer.replace(/\\/$/, "")}/operators`,',
    replace: "audience: configuration.document.issuer,",
    tests: SERVER,
  },
  {
    name: "server: no file replaces what operators activated",
    file: "packages/server/src/configured-policy.ts",
    find: 'return stored && (await store.activePolicy()) !== undefined ? "stored" : policy;',
    replace: 'return stored && (await store.activePolicy()) === null ? "stored" : policy;',
    tests: SERVER,
  },
];
