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
  {
    name: "payments: a refund of another charge is not the effect that was decided",
    file: `${SOURCE}/read-outcome.ts`,
    find: "named !== undefined && answered !== named",
    replace: 'named !== undefined && answered === ""',
    tests: [`${TESTS}/read-outcome.test`],
  },
  {
    name: "payments: a refund by its payment is whose the charge is too",
    file: `${SOURCE}/resolve-facts.ts`,
    find: "return { owner: charge.owner, values",
    replace: "return { owner: payment.owner, values",
    tests: FACTS,
  },
  {
    name: "payments: a payment that took nothing bounds no refund",
    file: `${SOURCE}/decide-amount.ts`,
    find: "if (Object.keys(facts.values).length > 0)",
    replace: "if (Object.keys(facts.values).length > 9)",
    tests: COMPLETION,
  },
  {
    name: "payments: what is given up as a whole is bounded by its own amount",
    file: `${SOURCE}/decide-amount.ts`,
    find: "limit.whole === true && proposed.minor !== leftMinor",
    replace: "limit.whole === true && proposed.minor > leftMinor",
    tests: COMPLETION,
  },
  {
    name: "payments: a request says nothing of an amount that Stripe is not told",
    file: `${SOURCE}/read-request.ts`,
    find: 'return kind === "unsent" ? undefined : kind;',
    replace: 'return kind === "unsent" ? "amount" : kind;',
    tests: [`${TESTS}/read-request.test`],
  },
  {
    name: "payments: the balance gets what the credit note is limited to",
    file: `${SOURCE}/decide-credit.ts`,
    find: "stated.minor !== amount.minor ||",
    replace: "stated.minor < amount.minor ||",
    tests: COMPLETION,
  },
  {
    name: "payments: an open invoice's credit goes to nobody's balance",
    file: `${SOURCE}/decide-credit.ts`,
    find: "if (credited === undefined) return values;",
    replace: "if (credited !== null) return values;",
    tests: COMPLETION,
  },
  {
    name: "payments: an amount of the next invoice names one currency",
    file: `${SOURCE}/read-request.ts`,
    find: "if (more.length > 0) throw",
    replace: "if (more.length > 9) throw",
    tests: [`${TESTS}/read-request.test`],
  },
  {
    name: "payments: an amount that Stripe counts in another unit is on no invoice",
    file: `${SOURCE}/decide-amount.ts`,
    find: "  refuseOtherUnit(argument, amount.currency);",
    replace: "  refuseOtherUnit(argument, argument);",
    tests: COMPLETION,
  },
];
