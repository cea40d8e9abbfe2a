import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/adapters/kubernetes/src";
const TESTS = "packages/adapters/kubernetes/test";
const ACTS = [`${TESTS}/kubernetes.test`];
const RIGHTS = [`${TESTS}/rights.test`];
const ANSWERS = [`${TESTS}/foreign-answers.test`];
const REQUESTS = [`${TESTS}/read-request.test`];
const FACTS = [`${TESTS}/resolve-facts.test`];
const OUTCOMES = [`${TESTS}/read-outcome.test`];
const SERVER = ["packages/server/test/kubernetes-system.test"];

/** What the adapter for Kubernetes rests on, to be broken like the checks of the boundary. */
export const KUBERNETES_CHECKS: readonly BrokenCheck[] = [
  {
    name: "kubernetes: a token is bound to the Secret that was made for it",
    file: `${SOURCE}/bound-token.ts`,
    find: "if (held.secret?.uid !== uid || held.secret.name !== name || spec.boundObjectRef.uid !== uid)",
    replace: 'if (uid === "")',
    tests: ANSWERS,
  },
  {
    name: "kubernetes: a token is for one audience",
    file: `${SOURCE}/bound-token.ts`,
    find: "if (!isExactly(claims.aud, settings.audience) || !isExactly(spec.audiences, settings.audience))",
    replace: 'if (uid === "")',
    tests: ANSWERS,
  },
  {
    name: "kubernetes: a token is of the operation's service account",
    file: `${SOURCE}/bound-token.ts`,
    find: "claims.sub !== `system:serviceaccount:${namespace}:${serviceAccount}` ||",
    replace: 'claims.sub === "" ||',
    tests: ANSWERS,
  },
  {
    name: "kubernetes: a token lives for ten minutes at most",
    file: `${SOURCE}/bound-token.ts`,
    find: "claims.exp > now + LIFE_SECONDS + SKEW_SECONDS",
    replace: "claims.exp < 0",
    tests: ANSWERS,
  },
  {
    name: "kubernetes: a mint that fails takes its Secret with it",
    file: `${SOURCE}/mint-token.ts`,
    find: "await endSecret(settings, context, secret, { ...own, signal",
    replace: "if (secret === undefined) await endSecret(settings, context, secret, { ...own, signal",
    tests: ANSWERS,
  },
  {
    name: "kubernetes: a Secret that something keeps is none to bind to",
    file: `${SOURCE}/throwaway-secret.ts`,
    find: "finalizers: z.array(z.string()).max(0).optional(),",
    replace: "finalizers: z.array(z.string()).optional(),",
    tests: ANSWERS,
  },
  {
    name: "kubernetes: only the very Secret is deleted",
    file: `${SOURCE}/throwaway-secret.ts`,
    find: 'body: { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } },',
    replace: 'body: { apiVersion: "v1", kind: "DeleteOptions" },',
    tests: ACTS,
  },
  {
    name: "kubernetes: what only waits for its end is not said to be over",
    file: `${SOURCE}/throwaway-secret.ts`,
    find: 'status === 200 && Deleted.safeParse(body).success ? "revoked" : "unknown"',
    replace: 'status === 200 ? "revoked" : "unknown"',
    tests: ACTS,
  },
  {
    name: "kubernetes: a token that names another namespace ends nothing",
    file: `${SOURCE}/mint-token.ts`,
    find: "claims?.secret === undefined || claims.namespace !== identities",
    replace: "claims?.secret === undefined",
    tests: ANSWERS,
  },
  {
    name: "kubernetes: what an account may do besides is granted, and so compared",
    file: `${SOURCE}/mint-token.ts`,
    find: "rights: [rightText(right), ...beyond],",
    replace: "rights: [rightText(right)],",
    tests: RIGHTS,
  },
  {
    name: "kubernetes: an account without its right is nobody's",
    file: `${SOURCE}/mint-token.ts`,
    find: 'if (beyond.length === 0 && !isHeld(held, right, typeof name === "string" ? name : undefined))',
    replace: 'if (namespace === "")',
    tests: RIGHTS,
  },
  {
    name: "kubernetes: a right on one object is none on another",
    file: `${SOURCE}/review-rights.ts`,
    find: "sameRight(right, wanted) && right.names.includes(name))",
    replace: "sameRight(right, wanted))",
    tests: RIGHTS,
  },
  {
    name: "kubernetes: an incomplete list of rights proves nothing",
    file: `${SOURCE}/review-rights.ts`,
    find: 'if (incomplete && settings.incompleteReviews === "refuse")',
    replace: "if (incomplete && namespace === undefined)",
    tests: RIGHTS,
  },
  {
    name: "kubernetes: rights on paths count",
    file: `${SOURCE}/review-rights.ts`,
    find: '.filter((path) => !["get", "head"].includes(verb) || !EVERYBODYS_PATH.test(path))',
    replace: '.filter((path) => !["get", "head"].includes(verb) || path === "")',
    tests: RIGHTS,
  },
  {
    name: "kubernetes: the check looks where somebody binds by mistake",
    file: `${SOURCE}/check-connection.ts`,
    find: 'const ELSEWHERE = ["default", "kube-system"] as const;',
    replace: 'const ELSEWHERE: readonly string[] = ["nowhere"];',
    tests: RIGHTS,
  },
  {
    name: "kubernetes: the tenant is the namespace",
    file: `${SOURCE}/own-namespace.ts`,
    find: "if (namespace !== undefined && namespace !== account)",
    replace: 'if (namespace === "")',
    tests: ACTS,
  },
  {
    name: "kubernetes: the pod that is there is the one that was meant",
    file: `${SOURCE}/complete-action.ts`,
    find: "if (named !== undefined && named !== uid)",
    replace: 'if (named === "")',
    tests: FACTS,
  },
  {
    name: "kubernetes: a pod that was not found is not planned",
    file: `${SOURCE}/plan-authority.ts`,
    find: "if (values[name] === undefined)",
    replace: 'if (name === "")',
    tests: FACTS,
  },
  {
    name: "kubernetes: the pod that was decided stands in the request",
    file: `${SOURCE}/body-forms.ts`,
    find: 'kind: "DeleteOptions", preconditions: { uid } }),',
    replace: 'kind: "DeleteOptions", ...(uid === "" ? { uid } : {}) }),',
    tests: FACTS,
  },
  {
    name: "kubernetes: a look-up takes its Secret with it",
    file: `${SOURCE}/with-read-token.ts`,
    find: "await endSecret(settings, context, secret, {",
    replace: "if (secret === undefined) await endSecret(settings, context, secret, {",
    tests: FACTS,
  },
  {
    name: "kubernetes: no Secret is made where the tenant's own are",
    file: `${SOURCE}/own-token.ts`,
    find: "parsed.success && parsed.data !== connection.account",
    replace: "parsed.success",
    tests: RIGHTS,
  },
  {
    name: "kubernetes: a subresource is another operation",
    file: `${SOURCE}/route-path.ts`,
    find: "route.subresource === subresource,",
    replace: "(subresource === undefined || route.subresource !== undefined),",
    tests: REQUESTS,
  },
  {
    name: "kubernetes: a parameter that nobody declared",
    file: `${SOURCE}/read-request.ts`,
    find: 'if (kind === undefined) throw requestMismatch("a parameter is not in the catalogue");',
    replace: "if (kind === undefined) continue;",
    tests: REQUESTS,
  },
  {
    name: "kubernetes: nobody is impersonated",
    file: `${SOURCE}/read-request.ts`,
    find: 'if (name.startsWith("impersonate-"))',
    replace: 'if (name === "")',
    tests: REQUESTS,
  },
  {
    name: "kubernetes: a body of another kind of patch",
    file: `${SOURCE}/read-request.ts`,
    find: "if (form === undefined || !form.types.includes(type.toLowerCase())) continue;",
    replace: "if (form === undefined) continue;",
    tests: REQUESTS,
  },
  {
    name: "kubernetes: a patch says one thing",
    file: `${SOURCE}/body-forms.ts`,
    find: "if (entry?.[0] !== name || more.length > 0) return undefined;",
    replace: "if (entry?.[0] !== name) return undefined;",
    tests: REQUESTS,
  },
  {
    name: "kubernetes: only the mark of a restart restarts",
    file: `${SOURCE}/body-forms.ts`,
    find: "[RESTARTED_AT, DECISION].includes(key) &&",
    replace: 'key !== "" &&',
    tests: REQUESTS,
  },
  {
    name: "kubernetes: a restart is marked by its decision",
    file: `${SOURCE}/body-forms.ts`,
    find: "{ [DECISION]: decisionId }",
    replace: '{ [DECISION]: decisionId === "" ? decisionId : "once" }',
    tests: ACTS,
  },
  {
    name: "kubernetes: an answer about another object proves nothing",
    file: `${SOURCE}/read-outcome.ts`,
    find: "changed.success && changed.data.metadata.name === name",
    replace: "changed.success",
    tests: OUTCOMES,
  },
  {
    name: "kubernetes: a refusal is the API server's own",
    file: `${SOURCE}/read-outcome.ts`,
    find: "told.success && told.data.code === status",
    replace: "status !== 0",
    tests: OUTCOMES,
  },
  {
    name: "kubernetes: a cluster's authority counts for its origin alone",
    file: "packages/server/src/fetch-for-systems.ts",
    find: "(trusting.get(origin) ?? send ?? fetch)(input, init)",
    replace: "([...trusting.values()][0] ?? send ?? fetch)(input, init)",
    tests: SERVER,
  },
];
