import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/adapters/stripe/src";
const TESTS = "packages/adapters/stripe/test";
const FACTS = [`${TESTS}/resolve-facts.test`];
const COMPLETION = [`${TESTS}/complete-action.test`];

/** What the adapter for Stripe rests on, to be broken like the checks of the boundary. */
export const PAYMENT_CHECKS: readonly BrokenCheck[] = [
  {
    name: "payments: in a shared account the mark names the tenant",
    file: `${SOURCE}/resolve-facts.ts`,
    find: 'marked[settings.tenancy.metadata] === tenant ? "tenant" : "other"',
    replace: 'marked[settings.tenancy.metadata] === undefined ? "other" : "tenant"',
    tests: FACTS,
  },
  {
    name: "payments: an object without a mark is nobody's",
    file: `${SOURCE}/resolve-facts.ts`,
    find: "if (!Object.hasOwn(marked, settings.tenancy.metadata)) return",
    replace: "if (tenant === undefined) return",
    tests: FACTS,
  },
  {
    name: "payments: no grant opens another tenant's object of a shared account",
    file: `${SOURCE}/complete-action.ts`,
    find: 'every((owner) => owner === "tenant")',
    replace: "every((owner) => owner !== undefined)",
    tests: COMPLETION,
  },
  {
    name: "payments: an agent writes no mark that says whose an object is",
    file: `${SOURCE}/complete-action.ts`,
    find: "!Object.hasOwn(metadata, mark)",
    replace: 'mark !== ""',
    tests: COMPLETION,
  },
  {
    name: "payments: an amount that nobody decided is not planned",
    file: `${SOURCE}/plan-authority.ts`,
    find: "if (isMoney(amount) && amount.minor > 0) continue;",
    replace: "if (amount !== null) continue;",
    tests: COMPLETION,
  },
  {
    name: "payments: in a shared account an invoice is whose its customer is",
    file: `${SOURCE}/resolve-facts.ts`,
    find: 'settings.tenancy === "connected-account" && !throughAlways',
    replace: "!throughAlways",
    tests: FACTS,
  },
  {
    name: "payments: an object that belongs to nothing is nobody's",
    file: `${SOURCE}/object-kind.ts`,
    find: "stripeId(through.name).safeParse(through.of(parsed.data)).data;",
    replace: "(through.of(parsed.data) ?? undefined);",
    tests: FACTS,
  },
  {
    name: "payments: a truth has one spelling",
    file: `${SOURCE}/read-request.ts`,
    find: 'if (text !== "true" && text !== "false")',
    replace: 'if (text === "")',
    tests: [`${TESTS}/read-request.test`],
  },
  {
    name: "payments: a DELETE says no more than its path",
    file: `${SOURCE}/form.ts`,
    find: "if (request.body.byteLength > 0) throw",
    replace: "if (request.body.byteLength < 0) throw",
    tests: [`${TESTS}/read-request.test`],
  },
  {
    name: "payments: an answer about another object proves no effect",
    file: `${SOURCE}/read-outcome.ts`,
    find: "authority.arguments[pathArgument] !== id",
    replace: 'id === ""',
    tests: [`${TESTS}/read-outcome.test`],
  },
];
