import { type EvidenceRecord, type Json, Refusal } from "@watchword/core";
import { z } from "zod";

const Commit = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const Names = z.array(z.string().max(1_024)).max(100_000);

/** in-toto Statement v1; members that it does not know are left alone, as the specification asks of every reader. */
const Statement = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z
    .array(z.object({ name: z.string().max(1_024).optional(), digest: z.object({ gitCommit: Commit }) }))
    .min(1)
    .max(16),
  predicateType: z.literal("https://in-toto.io/attestation/test-result/v0.1"),
  predicate: z.object({
    result: z.enum(["PASSED", "WARNED", "FAILED", "PENDING"]),
    configuration: z
      .array(z.object({ name: z.string().max(255).optional(), uri: z.string().max(2_048).optional() }))
      .min(1)
      .max(64),
    passedTests: Names.optional(),
    warnedTests: Names.optional(),
    failedTests: Names.optional(),
  }),
});

/** What a signed test result says. */
export interface TestResult {
  readonly commits: readonly string[];
  /** Names of the configurations that were tested. */
  readonly suites: readonly string[];
  readonly state: EvidenceRecord["state"];
  readonly detail: string;
}

/**
 * Reads an in-toto test result v0.1. Green is `PASSED` with at least one test that passed and none that did anything
 * else; `PENDING` is our own word for a suite that has begun.
 *
 * @throws Refusal `request_malformed`
 */
export function readTestResult(payload: Json): TestResult {
  const parsed = Statement.safeParse(payload);
  if (!parsed.success)
    throw new Refusal("request_malformed", {
      detail: "the payload is not an in-toto test result v0.1 about git commits",
      failedFact: "evidence",
    });
  const { subject, predicate } = parsed.data;
  const { result, passedTests = [], warnedTests = [], failedTests = [] } = predicate;
  const counts = `${passedTests.length} passed, ${warnedTests.length} warned, ${failedTests.length} failed`;
  const green =
    result === "PASSED" && passedTests.length > 0 && warnedTests.length === 0 && failedTests.length === 0;
  return {
    commits: [...new Set(subject.map(({ digest }) => digest.gitCommit))],
    suites: predicate.configuration.flatMap(({ name }) => name ?? []),
    state: green ? "pass" : result === "PENDING" ? "pending" : "fail",
    detail: `signed test result ${result}: ${counts}`,
  };
}
