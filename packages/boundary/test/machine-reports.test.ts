import { describe, expect, test } from "vitest";
import { githubAnnotations, jsonReport, junitReport, progressLines, sarifReport } from "../src/index.ts";
import { ALLOWED, HOSTILE, attemptWith, brokenReport, reportWith, rowResult } from "./sample-report.ts";
import { xmlShape } from "./xml-shape.ts";

describe("the JSON report", () => {
  test("is the report, whole", () => {
    const report = brokenReport(HOSTILE);
    expect(JSON.parse(jsonReport(report))).toEqual(report);
  });

  test("has the members of version 1; whoever changes them changes the version", () => {
    expect(Object.keys(JSON.parse(jsonReport(reportWith())) as object)).toEqual([
      "version",
      "policyVersion",
      "isolation",
      "isolationReason",
      "startedAt",
      "milliseconds",
      "rows",
      "baselines",
      "missing",
      "excluded",
      "proofs",
      "world",
      "mutants",
      "passed",
    ]);
  });
});

describe("the JUnit report", () => {
  test("is well-formed with a test case per row and per thing that was looked at, whatever texts it holds", () => {
    for (const report of [reportWith(), brokenReport(), brokenReport(HOSTILE)]) {
      const elements = xmlShape(junitReport(report));
      const of = (name: string) => elements.filter((element) => element.name === name);
      expect(of("testcase").filter(({ attributes }) => attributes["file"] !== undefined)).toHaveLength(
        report.rows.length,
      );
      const [suites] = of("testsuites");
      expect(suites?.attributes).toMatchObject({
        tests: String(of("testcase").length),
        failures: String(of("failure").length),
        errors: String(of("error").length),
      });
    }
  });

  test("tells what failed from what could not be brought about", () => {
    const elements = xmlShape(junitReport(brokenReport()));
    const types = (name: string) =>
      elements.filter((element) => element.name === name).map(({ attributes }) => attributes["type"]);
    expect(types("error")).toEqual(["not_run"]);
    expect(types("failure")).toEqual([
      "allowed",
      "baseline_refused",
      "missing_baseline",
      "proof_failed",
      "ledger_broken",
      "secret_leaked",
      "route_open",
    ]);
  });
});

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly locations?: readonly object[];
    }[];
  }[];
}

describe("the SARIF report", () => {
  const read = (text: string): Sarif["runs"][number] => {
    const { version, runs } = JSON.parse(text) as Sarif;
    expect(version).toBe("2.1.0");
    expect(runs).toHaveLength(1);
    return runs[0] as Sarif["runs"][number];
  };

  test("has a rule per problem and reason, and a result at the policy's line for each finding", () => {
    const { tool, results } = read(sarifReport(brokenReport(), { policyFile: "policy/refund.yaml" }));
    expect(tool.driver.rules.map(({ id }) => id).slice(0, 2)).toEqual([
      "allowed/tenant_mismatch",
      "not_run/run_ended",
    ]);
    for (const { ruleId, ruleIndex, locations } of results) {
      expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(locations).toHaveLength(1);
    }
    expect(results[0]).toMatchObject({
      level: "error",
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "policy/refund.yaml", uriBaseId: "%SRCROOT%" },
            region: { startLine: 14 },
          },
        },
      ],
    });
    expect(results.at(-1)?.level).toBe("warning");
  });

  test("has no result when all holds, and the same fingerprints in every run", () => {
    expect(read(sarifReport(reportWith())).results).toEqual([]);
    const prints = (text: string) => read(text).results.map(({ partialFingerprints }) => partialFingerprints);
    const later = { ...brokenReport(), milliseconds: 1, startedAt: "2027-01-01T00:00:00.000Z" };
    expect(prints(sarifReport(later))).toEqual(prints(sarifReport(brokenReport())));
  });

  test("names a file below the repository's root relative to it, with nothing that a URI cannot hold", () => {
    const place = { file: "/repo/my policy/a#b.yaml", line: 3 };
    const report = reportWith({ rows: [{ ...rowResult({}, ["allowed"]), place }] });
    expect(sarifReport(report, { root: "/repo" })).toContain('"uri": "my%20policy/a%23b.yaml"');
    expect(sarifReport(report, { root: "/elsewhere" })).toContain(
      '"uri": "file:///repo/my%20policy/a%23b.yaml"',
    );
  });
});

describe("annotations of GitHub", () => {
  test("stand at the policy's line and say the whole finding", () => {
    const report = reportWith({ rows: [rowResult({}, ["allowed"])] });
    expect(githubAnnotations(report)).toMatch(
      /^::error file=policy\/refund\.yaml,line=14,title=refund-own-tenant × tenant × foreign-object::tried: a charge of another tenant%0Aexpected: refused, tenant_mismatch%0A.*%0Arerun: watchword verify --only refund-own-tenant:tenant\n$/,
    );
    expect(githubAnnotations(reportWith())).toBe("");
  });

  test("are one command each, whatever texts they hold", () => {
    const lines = githubAnnotations(brokenReport(HOSTILE)).trimEnd().split("\n");
    expect(lines).toHaveLength(9);
    for (const line of lines) {
      expect(line).toMatch(/^::(?:error|warning) [^:]*::/);
      expect(line).not.toMatch(/[\r\u001B\u202E]/);
    }
  });
});

test("progress counts attempts, by the clock", () => {
  const lines: string[] = [];
  let now = 0;
  const listen = progressLines(
    (line) => void lines.push(line),
    () => now,
  );
  listen(ALLOWED);
  listen(attemptWith());
  now = 5_000;
  listen(attemptWith());
  listen(attemptWith());
  expect(lines).toEqual(["3 attempts so far, 2 of them refused"]);
});
