import { describe, expect, test } from "vitest";
import { type ResultFormat, readerOf } from "../src/evidence/formats/result-format.ts";
import type { SuiteResult } from "../src/evidence/formats/suite-result.ts";
import { meetsMinimum } from "../src/evidence/meets-minimum.ts";
import {
  assertion,
  inTotoStatement,
  inspectLog,
  junitReport,
  promptfooCase,
  promptfooReport,
  resultRecord,
  scored,
  testcase,
  vitestReport,
} from "./reports.ts";

type Minimum = Readonly<Record<string, string>>;
const read = (format: ResultFormat, text: string): SuiteResult => readerOf(format)(text);
const state = (format: ResultFormat, text: string, minimum?: Minimum): string =>
  meetsMinimum(read(format, text), minimum).state;
const DONE = Date.parse("2026-11-24T10:00:00Z") / 1_000;

describe("green is", () => {
  test.for<[string, ResultFormat, string, Minimum?]>([
    ["a vitest run in which every test passed", "vitest", vitestReport()],
    [
      "one with a test that is still to be written",
      "vitest",
      vitestReport({}, [assertion(), assertion({ status: "todo" })]),
    ],
    [
      "one whose scores reach the minimum",
      "vitest",
      vitestReport({}, [scored(0.9), scored(1)]),
      { score: "0.9" },
    ],
    ["one by the scorer's name", "vitest", vitestReport({}, [scored(0.9)]), { Factuality: "0.85" }],
    ["a promptfoo run without failure and error", "promptfoo", promptfooReport()],
    ["one whose every score is high", "promptfoo", promptfooReport(), { score: "1" }],
    ["an Inspect log that reaches the minimum", "inspect", inspectLog(), { accuracy: "0.95" }],
    ["a JUnit report", "junit", junitReport()],
    ["one that counts nothing", "junit", junitReport(testcase, "")],
    ["one of a single suite", "junit", `<testsuite tests="1">${testcase}</testsuite>`],
    ["one with a mark at its beginning", "junit", `\uFEFF${junitReport()}`],
    [
      "one of suites in suites",
      "junit",
      `<testsuites><testsuite tests="1"><testsuite>${testcase}</testsuite></testsuite></testsuites>`,
    ],
    ["a record", "record", resultRecord()],
    ["a record over its own threshold", "record", resultRecord({ score: 0.93, threshold: 0.9 })],
    ["an in-toto statement", "in-toto", inTotoStatement()],
  ])("%s", ([, format, text, minimum]) => {
    expect(state(format, text, minimum)).toBe("pass");
  });
});

describe("red is", () => {
  test.for<[string, ResultFormat, string, Minimum?]>([
    ["a vitest run without a test", "vitest", vitestReport({}, [])],
    ["one that only skipped", "vitest", vitestReport({}, [assertion({ status: "skipped" })])],
    [
      "one with a test that did not run",
      "vitest",
      vitestReport({}, [assertion(), assertion({ status: "skipped" })]),
    ],
    [
      "one with a test that was left out by -t",
      "vitest",
      vitestReport({}, [assertion(), assertion({ status: "pending" })]),
    ],
    ["one with nothing but plans", "vitest", vitestReport({}, [assertion({ status: "todo" })])],
    ["one with a failure", "vitest", vitestReport({}, [assertion(), assertion({ status: "failed" })])],
    ["one that says it failed", "vitest", vitestReport({ success: false })],
    ["one with a file that did not load", "vitest", vitestReport({ numFailedTestSuites: 1 })],
    ["one that was interrupted", "vitest", vitestReport({ wasInterrupted: true })],
    ["one with more tests than it lists", "vitest", vitestReport({ numTotalTests: 900 })],
    ["one that hides a failure from its list", "vitest", vitestReport({ numFailedTests: 1 })],
    [
      "one that ended in a way nobody knows",
      "vitest",
      vitestReport({}, [assertion(), assertion({ status: "flaky" })]),
    ],
    ["one whose threshold was missed", "vitest", vitestReport({}, [scored(0.2, { thresholdFailed: true })])],
    ["one whose scorer gave no score", "vitest", vitestReport({}, [scored(null)])],
    [
      "one with one score below the minimum, its mean above",
      "vitest",
      vitestReport({}, [scored(1), scored(0.7)]),
      { score: "0.8" },
    ],
    ["one without the score that is wanted", "vitest", vitestReport(), { score: "0.8" }],
    ["a promptfoo run without a case", "promptfoo", promptfooReport({}, [])],
    [
      "one with a failure",
      "promptfoo",
      promptfooReport({}, [promptfooCase(), promptfooCase({ success: false, failureReason: 1 })]),
    ],
    [
      "one with an error",
      "promptfoo",
      promptfooReport({}, [promptfooCase(), promptfooCase({ success: false, failureReason: 2 })]),
    ],
    ["one with an error in a success", "promptfoo", promptfooReport({}, [promptfooCase({ error: "429" })])],
    [
      "one that counts an error and lists none",
      "promptfoo",
      promptfooReport({ stats: { successes: 1, failures: 0, errors: 1 } }),
    ],
    [
      "one that is cut short",
      "promptfoo",
      promptfooReport({ stats: { successes: 9, failures: 0, errors: 0 } }),
    ],
    [
      "one with a case without the wanted score",
      "promptfoo",
      promptfooReport({}, [promptfooCase({ score: null })]),
      { score: "0" },
    ],
    ["an Inspect log that nobody declared a minimum for", "inspect", inspectLog()],
    ["one below the minimum", "inspect", inspectLog(), { accuracy: "0.98" }],
    ["one without the metric", "inspect", inspectLog(), { f1: "0" }],
    ["one with a metric of every object", "inspect", inspectLog(), { constructor: "0" }],
    ["one that only started, with scores", "inspect", inspectLog({ status: "started" }), { accuracy: "0" }],
    [
      "one that was cancelled, with scores",
      "inspect",
      inspectLog({ status: "cancelled" }),
      { accuracy: "0" },
    ],
    ["one that broke off, with scores", "inspect", inspectLog({ status: "error" }), { accuracy: "0" }],
    [
      "one with an error and success",
      "inspect",
      inspectLog({ error: { message: "boom" } }),
      { accuracy: "0" },
    ],
    ["one that was invalidated", "inspect", inspectLog({ invalidated: true }), { accuracy: "0" }],
    ["one without results", "inspect", inspectLog({ results: null }), { accuracy: "0" }],
    [
      "one with a sample that broke",
      "inspect",
      inspectLog({
        samples: Array.from({ length: 10 }, (_, index) => ({ error: index === 3 ? { message: "x" } : null })),
      }),
      { accuracy: "0" },
    ],
    ["one with a part of its samples", "inspect", inspectLog({ samples: [{}] }), { accuracy: "0" }],
    [
      "one with samples that were not done",
      "inspect",
      inspectLog({
        results: {
          total_samples: 10,
          completed_samples: 9,
          scores: [{ metrics: { accuracy: { value: 1 } } }],
        },
      }),
      { accuracy: "0" },
    ],
    [
      "one that scored nothing",
      "inspect",
      inspectLog({ results: { total_samples: 1, completed_samples: 1, scores: [] } }),
      { accuracy: "0" },
    ],
    [
      "one in which one of two scorers is below",
      "inspect",
      inspectLog({
        results: {
          total_samples: 1,
          completed_samples: 1,
          scores: [{ metrics: { accuracy: { value: 1 } } }, { metrics: { accuracy: { value: 0.1 } } }],
        },
      }),
      { accuracy: "0.5" },
    ],
    ["a JUnit report without a case", "junit", junitReport("", "")],
    ["one with a failure", "junit", junitReport('<testcase name="x"><failure message="no"/></testcase>', "")],
    ["one with an error", "junit", junitReport('<testcase name="x"><error/></testcase>', "")],
    [
      "one with a case that did not run",
      "junit",
      junitReport(`${testcase}<testcase name="x"><skipped/></testcase>`, ""),
    ],
    ["one that counts a failure and shows none", "junit", junitReport(testcase, 'tests="1" failures="1"')],
    ["one that counts an error and shows none", "junit", junitReport(testcase, 'tests="1" errors="1"')],
    ["one that counts more tests than there are", "junit", junitReport(testcase, 'tests="40"')],
    ["one whose tests are switched off", "junit", junitReport(testcase, 'tests="1" disabled="3"')],
    ["one whose suite failed as a whole", "junit", `<testsuite><error/>${testcase}</testsuite>`],
    ["one that a minimum is declared for", "junit", junitReport(), { score: "0" }],
    ["a record of failure", "record", resultRecord({ result: "fail" })],
    ["a record with a failure", "record", resultRecord({ failed: 1 })],
    ["a record with an error", "record", resultRecord({ errored: 1 })],
    ["a record with a test that did not run", "record", resultRecord({ skipped: 1 })],
    ["a record of nothing", "record", resultRecord({ total: 0 })],
    ["a record that counts more than all", "record", resultRecord({ total: 1, failed: 1, skipped: 1 })],
    ["a record below its threshold", "record", resultRecord({ score: 0.8, threshold: 0.9 })],
    ["a record with a threshold and no score", "record", resultRecord({ threshold: 0.9 })],
    [
      "a record above its own threshold and below the declared one",
      "record",
      resultRecord({ score: 0.8, threshold: 0.1 }),
      { score: "0.9" },
    ],
    ["an in-toto statement of failure", "in-toto", inTotoStatement({ result: "FAILED" })],
    ["an in-toto statement that hides one", "in-toto", inTotoStatement({ failedTests: ["x"] })],
    ["an in-toto statement without tests", "in-toto", inTotoStatement({ passedTests: [] })],
  ])("%s", ([, format, text, minimum]) => {
    expect(state(format, text, minimum)).toBe("fail");
  });
});

/** A canary that must be in no refusal. */
const CANARY = "canary_91c4_must_never_be_said";
const BOMB = `<!DOCTYPE x [<!ENTITY a "${CANARY}">]><testsuite>${testcase}</testsuite>`;

describe("no report at all is", () => {
  test.for<[string, ResultFormat, string]>([
    ["nothing", "vitest", ""],
    ["a report that is cut short", "vitest", vitestReport().slice(0, -2)],
    ["a report and something more", "vitest", `${vitestReport()}{}`],
    [
      "a report with a member twice",
      "vitest",
      vitestReport().replace('"success":true', '"success":false,"success":true'),
    ],
    ["a report without its tests", "vitest", vitestReport({ testResults: undefined })],
    ["a report with a count as text", "vitest", vitestReport({ numFailedTests: "0" })],
    ["promptfoo's report as vitest's", "vitest", promptfooReport()],
    ["vitest's report as promptfoo's", "promptfoo", vitestReport()],
    ["promptfoo's version 2", "promptfoo", promptfooReport({ version: 2 })],
    ["promptfoo's version 4", "promptfoo", promptfooReport({ version: 4 })],
    [
      "promptfoo's report without errors counted",
      "promptfoo",
      promptfooReport({ stats: { successes: 1, failures: 0 } }),
    ],
    ["Inspect's version 1", "inspect", inspectLog({ version: 1 })],
    ["Inspect's log with a score that is no number", "inspect", inspectLog().replace("0.97", "NaN")],
    ["a record with a member that nobody knows", "record", resultRecord({ note: CANARY })],
    ["a record about a short commit", "record", resultRecord({ commit: "abc1234" })],
    ["a record without an end", "record", resultRecord({ finishedAt: "yesterday" })],
    ["a record with a negative count", "record", resultRecord({ failed: -1 })],
    [
      "an in-toto statement of another predicate",
      "in-toto",
      inTotoStatement().replace("test-result/v0.1", "test-result/v9"),
    ],
    ["XML as JSON", "record", junitReport()],
    ["JSON as XML", "junit", resultRecord()],
    ["a page", "junit", `<html>${testcase}</html>`],
    ["a document type", "junit", BOMB],
    [
      "a document type with an address",
      "junit",
      `<!DOCTYPE t SYSTEM "file:///etc/passwd"><testsuite>${testcase}</testsuite>`,
    ],
    ["a document type after a comment", "junit", `<!-- x -->${BOMB}`],
    ["an entity of its own", "junit", `<testsuite name="&a;">${testcase}</testsuite>`],
    ["an entity in a text", "junit", `<testsuite>&xxe;${testcase}</testsuite>`],
    ["a processing instruction", "junit", `<testsuite><?xml-stylesheet href="x"?>${testcase}</testsuite>`],
    ["XML that is cut short", "junit", junitReport().slice(0, -15)],
    ["XML whose elements overlap", "junit", "<testsuites><testsuite></testsuites></testsuite>"],
    ["two documents", "junit", `<testsuite>${testcase}</testsuite><testsuite>${testcase}</testsuite>`],
    ["an attribute twice", "junit", `<testsuite failures="1" failures="0">${testcase}</testsuite>`],
    ["a comment that never ends", "junit", `<testsuite>${testcase}<!-- </testsuite>`],
    ["a text around it", "junit", `${CANARY}<testsuite>${testcase}</testsuite>`],
    ["elements deeper than any report", "junit", "<testsuite>".repeat(200) + "</testsuite>".repeat(200)],
  ])("%s", ([, format, text]) => {
    expect(() => read(format, text)).toThrow(expect.objectContaining({ reason: "request_malformed" }));
    expect(() => read(format, text)).not.toThrow(CANARY);
  });
});

test("what is in a comment or in characters that are data is no test case", () => {
  const hidden = `<testsuite><!-- ${testcase} --><system-out><![CDATA[${testcase}]]></system-out></testsuite>`;
  expect(state("junit", hidden)).toBe("fail");
});

test.for<[ResultFormat, string]>([
  ["vitest", vitestReport()],
  ["inspect", inspectLog()],
  ["record", resultRecord()],
])("a %s report says when its tests were done", ([format, text]) => {
  expect(Math.abs((read(format, text).finishedAt ?? 0) - DONE)).toBeLessThan(2);
});

test("a report of megabytes is read in a moment, and one of more than two is none", () => {
  const many = Array.from({ length: 6_000 }, () => assertion());
  expect(state("vitest", vitestReport({}, many))).toBe("pass");
  expect(state("junit", junitReport(testcase.repeat(20_000), 'tests="20000"'))).toBe("pass");
  expect(() => read("junit", junitReport(" ".repeat(2_097_153)))).toThrow("too large");
  expect(() => read("vitest", vitestReport({ padding: "x".repeat(2_097_153) }))).toThrow("not strict JSON");
});
