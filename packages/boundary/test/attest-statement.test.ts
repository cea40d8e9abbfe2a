import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type BoundaryReport, attestReport } from "../src/index.ts";
import { brokenReport, reportWith } from "./sample-report.ts";

const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const commit = "a".repeat(40);

interface Statement {
  readonly subject: readonly object[];
  readonly predicate: {
    readonly result: string;
    readonly configuration: readonly { readonly name: string }[];
    readonly passedTests: readonly string[];
    readonly failedTests?: readonly string[];
  };
}
const statementOf = (report: BoundaryReport, minScore?: number): Statement => {
  const options = { commit, key, harness: "1.2.3", ...(minScore === undefined ? {} : { minScore }) };
  const { payload } = JSON.parse(attestReport(report, options).envelope) as { readonly payload: string };
  return JSON.parse(Buffer.from(payload, "base64").toString()) as Statement;
};

describe("the statement about a run", () => {
  test("says which commit, policy, harness and isolation were tested, and names the rows", () => {
    const { subject, predicate } = statementOf(reportWith());
    expect(subject).toEqual([{ name: "commit", digest: { gitCommit: commit } }]);
    expect(predicate.configuration.map(({ name }) => name)).toEqual([
      "boundary",
      "boundary/same-process",
      "boundary/process",
      "boundary/netns",
      "boundary/container",
      `policy/${reportWith().policyVersion}`,
      "@watchword/boundary@1.2.3",
    ]);
    expect(predicate).toMatchObject({
      result: "PASSED",
      passedTests: [
        "noRoute",
        "refund-own-tenant/tenant/foreign-object",
        "refund-own-tenant/argument/over-limit",
      ],
    });
    expect(predicate.failedTests).toBeUndefined();
  });

  test.for<[string, BoundaryReport, number | undefined]>([
    ["a row failed", brokenReport(), undefined],
    ["nothing ran", reportWith({ rows: [], proofs: [] }), undefined],
    ["the score that was asked for is missing", reportWith(), 0.9],
  ])("is FAILED when %s", ([, report, minScore]) => {
    const { predicate } = statementOf(report, minScore);
    expect(predicate.result).toBe("FAILED");
    expect(predicate.failedTests?.length).toBeGreaterThan(0);
  });

  test("is about a full commit id only, by a key of a kind that brokers read, and no error holds the key", () => {
    const attest = (change: { commit?: string; key?: string }) => () =>
      attestReport(reportWith(), { commit, key, harness: "1", ...change });
    for (const wrong of ["", "HEAD", "a".repeat(39), "A".repeat(40)])
      expect(attest({ commit: wrong })).toThrow(TypeError);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    for (const other of [rsa, p384])
      expect(attest({ key: other.export({ type: "pkcs8", format: "pem" }).toString() })).toThrow(
        "must be Ed25519 or P-256",
      );
    expect(attest({ key: "CANARY_KEY" })).toThrow(/^(?!.*CANARY).*no unencrypted private key/);
  });
});
