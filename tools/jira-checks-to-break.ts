import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/adapters/jira/src";
const TESTS = "packages/adapters/jira/test";
const ACTS = [`${TESTS}/jira.test`];
const REQUESTS = [`${TESTS}/read-request.test`];
const CONSENT = [`${TESTS}/consent.test`];
const JQL = [`${TESTS}/jql.test`];

/** What the adapter for Jira rests on, to be broken like the checks of the boundary. */
export const JIRA_CHECKS: readonly BrokenCheck[] = [
  {
    name: "jira: the project is the one of Jira's answer",
    file: `${SOURCE}/complete-action.ts`,
    find: 'typeof read === "string" && named !== undefined && named !== read',
    replace: 'typeof read === "string" && named === ""',
    tests: ACTS,
  },
  {
    name: "jira: what was not looked up is not planned",
    file: `${SOURCE}/plan-authority.ts`,
    find: "if (values[name] === undefined)",
    replace: 'if (name === "")',
    tests: ACTS,
  },
  {
    name: "jira: what the broker read is what is decided",
    file: `${SOURCE}/complete-action.ts`,
    find: 'read !== undefined && named !== undefined && named !== read)\n    throw new Refusal("condition_failed", {\n      detail: `the action names',
    replace:
      'read !== undefined && named === "")\n    throw new Refusal("condition_failed", {\n      detail: `the action names',
    tests: ACTS,
  },
  {
    name: "jira: an id that the action names is no look-up",
    file: `${SOURCE}/complete-action.ts`,
    find: "if (value === undefined) delete values[name];",
    replace: "if (value === undefined) continue;",
    tests: ACTS,
  },
  {
    name: "jira: a transition that the issue cannot make now is none",
    file: `${SOURCE}/resolve-facts.ts`,
    find: "listed.data.transitions.find((each) => each.id === id)",
    replace: "listed.data.transitions[0]",
    tests: ACTS,
  },
  {
    name: "jira: another site is another tenant's",
    file: `${SOURCE}/own-project.ts`,
    find: "if (site !== undefined && site !== account)",
    replace: 'if (site === "")',
    tests: [`${TESTS}/jira.contract.test`],
  },
  {
    name: "jira: a project's key has one spelling",
    file: `${SOURCE}/own-project.ts`,
    find: "if (project === undefined || isProjectKey(project)) return project;",
    replace: "return project;",
    tests: ACTS,
  },
  {
    name: "jira: the site that a tool names is seen",
    file: `${SOURCE}/read-request.ts`,
    find: "...(match.site === undefined ? {} : { site: match.site }),",
    replace: "",
    tests: ACTS,
  },
  {
    name: "jira: the data center is the one of the connection",
    file: `${SOURCE}/own-project.ts`,
    find: "account === new URL(baseUrl).host",
    replace: 'account !== ""',
    tests: ACTS,
  },
  {
    name: "jira: a search is by the project's number",
    file: `${SOURCE}/write-request.ts`,
    find: "writeJql({ id: projectId }, values)",
    replace: 'writeJql("APP", values)',
    tests: ACTS,
  },
  {
    name: "jira: JQL is read to its end",
    file: `${SOURCE}/jql.ts`,
    find: "(?: ORDER BY (?<order>[a-z]+ (?:ASC|DESC)))?$",
    replace: "(?: ORDER BY (?<order>[a-z]+ (?:ASC|DESC)))?",
    tests: JQL,
  },
  {
    name: "jira: nothing between quotes ends them",
    file: `${SOURCE}/jql.ts`,
    find: "!QUOTABLE.test(value)",
    replace: 'value === ""',
    tests: JQL,
  },
  {
    name: "jira: a search without JQL is none",
    file: `${SOURCE}/read-request.ts`,
    find: "if (route.jql && jql === undefined)",
    replace: 'if (route.jql && jql === undefined && project === "")',
    tests: REQUESTS,
  },
  {
    name: "jira: no parameter that is not declared",
    file: `${SOURCE}/read-request.ts`,
    find: 'if (kind === undefined) throw requestMismatch("a parameter is not in the catalogue");',
    replace: "if (kind === undefined) continue;",
    tests: REQUESTS,
  },
  {
    name: "jira: a read has no body",
    file: `${SOURCE}/read-request.ts`,
    find: "return (form === undefined) === (body === undefined);",
    replace: "return true;",
    tests: REQUESTS,
  },
  {
    name: "jira: fields are always named",
    file: `${SOURCE}/complete-action.ts`,
    find: 'if (name === "fields") return named ?? READABLE;',
    replace: 'if (name === "fields") return named ?? ["*all"];',
    tests: ACTS,
  },
  {
    name: "jira: a text is plain paragraphs",
    file: `${SOURCE}/rich-text.ts`,
    find: 'z.strictObject({ type: z.literal("text"),',
    replace: 'z.object({ type: z.literal("text"),',
    tests: REQUESTS,
  },
  {
    name: "jira: a token for a read is asked for with the credential that reads",
    file: `${SOURCE}/client-credentials.ts`,
    find: "const credential = ladder.data[access];",
    replace: "const credential = ladder.data.write ?? ladder.data[access];",
    tests: ACTS,
  },
  {
    name: "jira: what is granted is what Atlassian said",
    file: `${SOURCE}/mint-token.ts`,
    find: "granted: { ...authority, native: { scopes: given.scopes } },",
    replace: "granted: authority,",
    tests: ACTS,
  },
  {
    name: "jira: a consent is for one site",
    file: `${SOURCE}/consent.ts`,
    find: "if (site !== undefined && ids.size === 1) return site;",
    replace: "if (site !== undefined) return site;",
    tests: CONSENT,
  },
  {
    name: "jira: the next refresh token is given to whoever keeps it",
    file: `${SOURCE}/request-token.ts`,
    find: "return { next: next === undefined ? undefined : new SealedCredential(next), result };",
    replace: "return { next: undefined, result };",
    tests: CONSENT,
  },
  {
    name: "jira: a credential that is too wide is no connection",
    file: `${SOURCE}/check-connection.ts`,
    find: "more.length === 0",
    replace: "more.length >= 0",
    tests: ACTS,
  },
];
