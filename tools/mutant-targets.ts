/** A part of the decision core, and the test files that must notice every change to it. */
export interface MutantTarget {
  readonly name: string;
  /** Files below the repository's root. */
  readonly mutate: readonly string[];
  /** Test files that run in one process: no PostgreSQL, no child processes. */
  readonly tests: readonly string[];
}

const policy = (file: string): string => `packages/policy/src/${file}.ts`;
const broker = (file: string): string => `packages/broker/src/${file}.ts`;
const gateway = (file: string): string => `packages/gateway/src/${file}.ts`;
const brokerTests = (...files: readonly string[]): readonly string[] =>
  files.map((file) => `packages/broker/test/${file}.test.ts`);

/** What `npm run mutants` changes, smallest first. `docs/mutants.md` says what the last runs found. */
export const MUTANT_TARGETS: readonly MutantTarget[] = [
  {
    name: "narrow",
    mutate: ["packages/core/src/capability.ts"],
    tests: ["packages/core/test/capability.test.ts", "packages/core/test/ceiling.test.ts"],
  },
  {
    name: "authorize-mint",
    mutate: [broker("authorize-mint")],
    tests: brokerTests("authorize-mint", "still-green"),
  },
  {
    name: "forward",
    mutate: ["forward", "check-request", "check-target", "read-credentials", "send-outbound"].map(gateway),
    tests: ["answers", "forward", "last-looks", "targets"].map(
      (file) => `packages/gateway/test/${file}.test.ts`,
    ),
  },
  {
    name: "verify",
    mutate: ["assertion", "caller", "delegation", "identity", "run-statement", "ticket", "workload"].map(
      (what) => broker(`verify-${what}`),
    ),
    tests: brokerTests("verify-identities", "verify-statements"),
  },
  {
    name: "exchange",
    mutate: [broker("exchange"), broker("act")],
    // What an exchange says on its span is tested where whole traces are: too slow for each of these.
    tests: brokerTests("exchange-kinds", "exchange"),
  },
  {
    // Without `decide-reference.test.ts`: it draws its policies anew each time, so it would notice a change today and not tomorrow.
    name: "decide",
    mutate: [
      "decide",
      "evaluate-grant",
      "grant-check",
      "check-argument",
      "delegation-checks",
      "evidence-check",
      "claim-rule",
      "template",
      "window",
    ].map(policy),
    tests: [
      "argument-rules",
      "claim-rule",
      "decide",
      "delegation",
      "evidence-gate",
      "explanation",
      "permission",
      "several-grants",
      "template",
      "window",
    ].map((file) => `packages/policy/test/${file}.test.ts`),
  },
];
