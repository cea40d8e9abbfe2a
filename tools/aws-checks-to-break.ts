import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/adapters/aws/src";
const TESTS = "packages/adapters/aws/test";
const MINT = [`${TESTS}/mint-session.test`];
const POLICY = [`${TESTS}/session-policy.test`];
const REQUESTS = [`${TESTS}/read-request.test`];
const CHECK = [`${TESTS}/check-connection.test`];
const CONTRACT = [`${TESTS}/aws.contract.test`];
const OUTCOMES = [`${TESTS}/read-outcome.test`];
const RELEASED = ["packages/broker/test/released-text.test"];
const FEDERATION = ["packages/broker/test/federation.test"];

/** What the adapter for AWS rests on, to be broken like the checks of the boundary. */
export const AWS_CHECKS: readonly BrokenCheck[] = [
  {
    name: "aws: a value that IAM reads as a pattern is in no policy",
    file: `${SOURCE}/session-policy.ts`,
    find: 'if (/[*?$"\\\\]/.test(value) || !/^[\\x20-\\x7e]*$/.test(value))',
    replace: 'if (value === "\\u0000")',
    tests: POLICY,
  },
  {
    name: "aws: a bucket of the same name in a stranger's account",
    file: `${SOURCE}/session-policy.ts`,
    find: 'const inAccount = { "aws:ResourceAccount": account.id };',
    replace: "const inAccount = {};",
    tests: MINT,
  },
  {
    name: "aws: a request that names no key is in no partition",
    file: `${SOURCE}/session-policy.ts`,
    find: 'const keyed = { Null: { "dynamodb:LeadingKeys": "false" } };',
    replace: "const keyed = {};",
    tests: POLICY,
  },
  {
    name: "aws: a write gives back nothing of what was there",
    file: `${SOURCE}/session-policy.ts`,
    find: 'const silent = { StringEqualsIfExists: { "dynamodb:ReturnValues": "NONE" } };',
    replace: "const silent = {};",
    tests: POLICY,
  },
  {
    name: "aws: a policy is no longer than AWS takes",
    file: `${SOURCE}/session-policy.ts`,
    find: "if (text.length > MAX_CHARACTERS)",
    replace: "if (text.length > MAX_CHARACTERS * 9)",
    tests: POLICY,
  },
  {
    name: "aws: an object of a shared account is within the tenant's prefix",
    file: `${SOURCE}/object-key.ts`,
    find: "tenant === undefined ? key : `${tenant}/${key}`",
    replace: "tenant === undefined ? key : `${key}`",
    tests: POLICY,
  },
  {
    name: "aws: a tenant's prefix is one segment in one spelling",
    file: `${SOURCE}/aws-account.ts`,
    find: "/^(\\d{12})\\/([a-z0-9][a-z0-9-]{0,62})$/",
    replace: "/^(\\d{12})\\/(.+)$/",
    tests: POLICY,
  },
  {
    name: "aws: a bucket that nobody declared",
    file: `${SOURCE}/plan-authority.ts`,
    find: "if (bucket !== undefined && !settings.buckets.some((name) => name === bucket))",
    replace: "if (bucket === null)",
    tests: POLICY,
  },
  {
    name: "aws: a table's keys are no attributes",
    file: `${SOURCE}/plan-authority.ts`,
    find: "if (table !== undefined) refuseKeys(settings, account, values);",
    replace: "",
    tests: POLICY,
  },
  {
    name: "aws: an action names no account but the tenant's",
    file: `${SOURCE}/complete-action.ts`,
    find: "if (named !== undefined && named !== account)",
    replace: 'if (named === "")',
    tests: CONTRACT,
  },
  {
    name: "aws: a mint is for the connection's account",
    file: `${SOURCE}/mint-session.ts`,
    find: 'if (authority.resource["account"] !== context.connection.account)',
    replace: 'if (authority.resource["account"] === "")',
    tests: MINT,
  },
  {
    name: "aws: a session ends with its lease",
    file: `${SOURCE}/mint-session.ts`,
    find: "return Math.min(lifeSeconds, left);",
    replace: "return lifeSeconds;",
    tests: MINT,
  },
  {
    name: "aws: nothing is minted after the lease",
    file: `${SOURCE}/mint-session.ts`,
    find: "if (left < 1)",
    replace: "if (left < -1)",
    tests: MINT,
  },
  {
    name: "aws: a session that no policy narrows is wider",
    file: `${SOURCE}/mint-session.ts`,
    find: "...(policies > 0 ?",
    replace: "...(policies >= 0 ?",
    tests: MINT,
  },
  {
    name: "aws: a session that lives longer is wider",
    file: `${SOURCE}/mint-session.ts`,
    find: "given > seconds + ROUNDING_SECONDS ? given : lifeSeconds",
    replace: "given > seconds + ROUNDING_SECONDS ? lifeSeconds : lifeSeconds",
    tests: MINT,
  },
  {
    name: "aws: the narrowed session is the first one's owner's",
    file: `${SOURCE}/scope-session.ts`,
    find: "if (scoped.arn !== outer.arn)",
    replace: 'if (scoped.arn === "")',
    tests: MINT,
  },
  {
    name: "aws: the first session is never the one that is given",
    file: `${SOURCE}/scope-session.ts`,
    find: "scoped.session.accessKeyId === outer.session.accessKeyId ||\n    scoped.session.sessionToken === outer.session.sessionToken",
    replace: 'scoped.session.accessKeyId === ""',
    tests: MINT,
  },
  {
    name: "aws: a session names its decision",
    file: `${SOURCE}/assume-role.ts`,
    find: 'if (textAt(answer.result, "SourceIdentity") !== (decision ?? NO_DECISION))',
    replace: 'if (textAt(answer.result, "SourceIdentity") === "")',
    tests: MINT,
  },
  {
    name: "aws: the first session is under the action's policy",
    file: `${SOURCE}/assume-role.ts`,
    find: "Policy: policyText([...statements, NARROWING]),",
    replace: "",
    tests: MINT,
  },
  {
    name: "aws: a role that takes tokens for any audience",
    file: `${SOURCE}/check-connection.ts`,
    find: "if (await isTaken(settings, context, { ...wish, account }))",
    replace: 'if (account.id === "")',
    tests: CHECK,
  },
  {
    name: "aws: a redirect of STS is followed nowhere",
    file: `${SOURCE}/call-sts.ts`,
    find: "if (status === 0 || (status >= 300 && status < 400))",
    replace: "if (status === 1)",
    tests: MINT,
  },
  {
    name: "aws: being asked too much is no definite no",
    file: `${SOURCE}/sts-code.ts`,
    find: "if (PASSING.has(code))",
    replace: "if (PASSING.has(action))",
    tests: MINT,
  },
  {
    name: "aws: an element that comes twice says nothing",
    file: `${SOURCE}/read-xml.ts`,
    find: "return more.length > 0 || found === undefined ?",
    replace: "return more === null || found === undefined ?",
    tests: [`${TESTS}/read-xml.test`],
  },
  {
    name: "aws: of an answer all of it is read, or nothing",
    file: `${SOURCE}/read-xml.ts`,
    find: "end === source.length && unclosed.length === 0 && others.length === 0",
    replace: "unclosed.length === 0 && others.length === 0",
    tests: [`${TESTS}/read-xml.test`],
  },
  {
    name: "aws: a header that makes another request of it",
    file: `${SOURCE}/refuse-headers.ts`,
    find: 'if (CHANGING.has(name) || (name.startsWith("x-amz-") && !CLIENT.has(name)))',
    replace: 'if (name === "")',
    tests: REQUESTS,
  },
  {
    name: "aws: a query parameter of an object",
    file: `${SOURCE}/read-object-request.ts`,
    find: 'if (more.length > 0 || (first !== undefined && (first[0] !== "x-id" || first[1] !== named.xId)))',
    replace: "if (named === null)",
    tests: REQUESTS,
  },
  {
    name: "aws: a query parameter of a list",
    file: `${SOURCE}/read-object-request.ts`,
    find: "else if (argument === undefined || argument in values)",
    replace: "else if (argument === undefined) version = version.trim();\n    else if (argument in values)",
    tests: REQUESTS,
  },
  {
    name: "aws: a member of DynamoDB's body",
    file: `${SOURCE}/read-item-request.ts`,
    find: "if (Object.keys(others).length > 0)",
    replace: 'if (Object.hasOwn(others, ""))',
    tests: REQUESTS,
  },
  {
    name: "aws: a condition on another attribute",
    file: `${SOURCE}/read-item-request.ts`,
    find: "if (expression !== ABSENT.expression || name !== key)",
    replace: "if (expression !== ABSENT.expression)",
    tests: REQUESTS,
  },
  {
    name: "aws: a number in another spelling",
    file: `${SOURCE}/attribute-value.ts`,
    find: "Number.isSafeInteger(number) && String(number) === value ? number : undefined",
    replace: "Number.isSafeInteger(number) ? number : undefined",
    tests: REQUESTS,
  },
  {
    name: "aws: an answer that is not S3's own",
    file: `${SOURCE}/read-outcome.ts`,
    find: 'if (headers["x-amz-request-id"] === undefined) return false;',
    replace: "",
    tests: OUTCOMES,
  },
  {
    name: "aws: a released session is for no origin",
    file: "packages/broker/src/open-lease.ts",
    find: 'if (released !== undefined && adapter.capabilities.releasedAs === "text") return [];',
    replace: "",
    tests: RELEASED,
  },
  {
    name: "aws: that a credential could not be ended is said of those that left",
    file: "packages/broker/src/sweep-leases.ts",
    find: 'said === "unsupported" && lease.custody === "gateway" ? "injected_only" : said;',
    replace: 'said === "unsupported" ? "injected_only" : said;',
    tests: RELEASED,
  },
  {
    name: "aws: a session's tags are the broker's to write",
    file: "packages/broker/src/federation-token.ts",
    find: '...(form === "aws-session" ? awsSession(subject) : {}),',
    replace: "...awsSession(subject),",
    tests: FEDERATION,
  },
];
