import { judgeCounts } from "./judge-counts.ts";
import type { SuiteResult } from "./suite-result.ts";
import { unreadable } from "./unreadable.ts";
import { type XmlElement, readXml } from "./read-xml.ts";

/** What each count of a suite is called, and which child of a test case it counts. */
const COUNTED = [
  ["failures", "failure"],
  ["errors", "error"],
  ["skipped", "skipped"],
] as const;

/**
 * Reads JUnit XML: `testsuites` or one `testsuite`, suites in suites. The test cases are counted; where a suite says how
 * many it has, it must be right, or a part of the report is missing. It says nothing of scores.
 */
export function readJunitReport(text: string): SuiteResult {
  const root = readXml(text);
  if (root.name !== "testsuites" && root.name !== "testsuite") throw unreadable("not a JUnit report");
  const cases = casesOf(root);
  const having = (child: string): number => cases.filter((element) => has(element, child)).length;
  const [failed, errored, skipped] = [having("failure"), having("error"), having("skipped")];
  const passed = cases.filter((element) => COUNTED.every(([, child]) => !has(element, child))).length;
  const problems = suitesOf(root).flatMap(contradictions);
  return { ...judgeCounts({ passed, failed, errored, skipped }, [...new Set(problems)]), scores: {} };
}

const has = (element: XmlElement, child: string): boolean =>
  element.children.some(({ name }) => name === child);

function suitesOf(element: XmlElement): XmlElement[] {
  return [element, ...element.children.filter(({ name }) => name === "testsuite").flatMap(suitesOf)];
}

function casesOf(element: XmlElement): XmlElement[] {
  return suitesOf(element).flatMap(({ children }) => children.filter(({ name }) => name === "testcase"));
}

function contradictions(suite: XmlElement): string[] {
  const cases = casesOf(suite);
  const problems = suite.children.some(({ name }) => name === "error" || name === "failure")
    ? ["a suite itself failed"]
    : [];
  if (differs(suite.attributes.get("tests"), cases.length))
    problems.push("its test cases and its counts differ");
  for (const [attribute, child] of COUNTED) {
    if (differs(suite.attributes.get(attribute), cases.filter((element) => has(element, child)).length))
      problems.push("its test cases and its counts differ");
  }
  // Some write tests that were switched off into this count alone.
  if (differs(suite.attributes.get("disabled"), 0)) problems.push("tests are disabled");
  return problems;
}

/** A count that is said, and is not this one. */
function differs(said: string | undefined, counted: number): boolean {
  return said !== undefined && said.trim() !== "" && said.trim() !== String(counted);
}
