import type { BrokenCheck } from "./checks-to-break.ts";

const TARGET = "packages/gateway/src/check-target.ts";
const SEND = "packages/gateway/src/send-outbound.ts";
const CREDENTIALS = "packages/gateway/src/read-credentials.ts";
const POLICY = "packages/policy/src/evaluate-grant.ts";
const RULE = "packages/policy/src/claim-rule.ts";
const EXCHANGE = "packages/broker/src/exchange.ts";

const LOOKS = ["packages/gateway/test/last-looks.test"];

/** Checks that could be taken out, and none of the tests that belonged to them then said so: `npm run mutants` did. */
export const EDGE_CHECKS: readonly BrokenCheck[] = [
  {
    name: "gateway: an address with a user in it, and no password",
    file: TARGET,
    find: 'url.username !== "" || ',
    replace: "",
    tests: LOOKS,
  },
  {
    name: "gateway: an address with a password in it, and no user",
    file: TARGET,
    find: ' || url.password !== ""',
    replace: "",
    tests: LOOKS,
  },
  {
    name: "gateway: no credential in the clear, even to an origin that the adapter names",
    file: TARGET,
    find: 'url.protocol !== "https:" && !(url.protocol === "http:" && loopback)',
    replace: 'url.protocol === "nothing:"',
    tests: LOOKS,
  },
  {
    name: "gateway: only https and http, on this machine too",
    file: TARGET,
    find: '!(url.protocol === "http:" && loopback)',
    replace: "!loopback",
    tests: LOOKS,
  },
  {
    name: "gateway: a coding that nobody undoes, behind one that is undone",
    file: SEND,
    find: "br))*$/;",
    replace: "br))*/;",
    tests: LOOKS,
  },
  {
    name: "gateway: a coding that nobody undoes, before one that is undone",
    file: SEND,
    find: "= /^(?:x-gzip",
    replace: "= /(?:x-gzip",
    tests: LOOKS,
  },
  {
    name: "gateway: the scheme stands at the beginning",
    file: CREDENTIALS,
    find: "const SCHEME = /^DPoP /;",
    replace: "const SCHEME = /DPoP /;",
    tests: LOOKS,
  },
  {
    name: "approval: asked for over any of several amounts",
    file: POLICY,
    find: "return [...over].some(",
    replace: "return [...over].every(",
    tests: ["packages/policy/test/permission.test"],
  },
  {
    name: "delegation: every ancestor may do the same, not the first alone",
    file: "packages/policy/src/delegation-checks.ts",
    find: "of chain.slice(0, -1))",
    replace: "of chain.slice(0, 1))",
    tests: ["packages/policy/test/delegation.test"],
  },
  {
    name: "decision: a grant that asks counts beside one that refuses",
    file: "packages/policy/src/decide.ts",
    find: 'counted.find((result) => result.outcome === "approval_required");',
    replace: "counted[0];",
    tests: ["packages/policy/test/several-grants.test"],
  },
  {
    name: "claims: what is within a claim that holds none",
    file: RULE,
    find: 'return typeof claim === "object" && claim !== null && claimsHold(rule, claim);',
    replace: "return claim !== null && claim !== undefined && claimsHold(rule, Object(claim));",
    tests: ["packages/policy/test/claim-rule.test"],
  },
  {
    name: "exchange: an assertion acts beside a run token alone",
    file: EXCHANGE,
    find: "request.subject_token_type === run && request.actor_token_type === assertion",
    replace: "request.actor_token_type === assertion",
    tests: ["packages/broker/test/exchange-kinds.test"],
  },
];
