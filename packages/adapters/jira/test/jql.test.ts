import { jiraCatalogue, writeJql } from "@watchword/adapter-jira/catalogue";
import { type ValueMap, parseArguments } from "@watchword/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJql } from "../src/jql.ts";
import { refusalOf } from "./refusal-of.ts";

const names = fc.array(fc.stringMatching(/^[^"\\\u0000-\u001f\u007f]{1,20}$/), {
  minLength: 1,
  maxLength: 3,
});
const searches: fc.Arbitrary<ValueMap> = fc.record(
  {
    status: names,
    type: names,
    labels: names,
    assignee: fc.stringMatching(/^[A-Za-z0-9:._@-]{1,20}$/),
    updatedSince: fc.constantFrom("2026-01-31", "2024-02-29"),
    text: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,20}$/),
    order: fc.constantFrom("created ASC", "updated DESC"),
  },
  { requiredKeys: [] },
);

describe("JQL has one form", () => {
  test("what is written is read as the same search, by key and by number", () => {
    fc.assert(
      fc.property(searches, (values) => {
        expect(readJql(writeJql("APP", values))).toEqual({ key: "APP", arguments: values });
        expect(readJql(writeJql({ id: "10100" }, values)).arguments).toEqual({
          ...values,
          projectId: "10100",
        });
      }),
    );
  });

  test("whatever is read is written as the same text: there is no second spelling", () => {
    const pieces = fc.constantFrom(
      'project = "APP"',
      "project = 1",
      ' AND status IN ("a")',
      ' AND status IN ("a", "b")',
      ' AND text ~ "a"',
      " ORDER BY created ASC",
      " OR ",
      " AND ",
      '"',
      "\\",
      " ",
      "(",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 5 }), (parts) => {
        const text = parts.join("");
        let read: ReturnType<typeof readJql>;
        try {
          read = readJql(text);
        } catch {
          return;
        }
        const { projectId, ...values } = read.arguments;
        const project = typeof projectId === "string" ? { id: projectId } : (read.key ?? "");
        expect(writeJql(project, values)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test.for([
    "",
    'status IN ("Open")',
    'project = "APP" OR project = "SEC"',
    'project = "APP" AND status IN ("Open") OR project = "SEC"',
    'project IN ("APP", "SEC")',
    'project != "APP"',
    "project = APP",
    "project = 'APP'",
    'PROJECT = "APP"',
    'project="APP"',
    'project = "APP"  ORDER BY created ASC',
    'project = "APP" AND (status IN ("Open") OR status IN ("Done"))',
    'project = "APP" AND status IN ("Open\\")',
    'project = "APP" AND status IN ("Open" )',
    'project = "APP" AND text ~ "a" AND status IN ("Open")',
    'project = "APP" AND issue in linkedIssues("SEC-1")',
    'project = "APP" AND filter = 10000',
    'project = "APP" AND cf[10010] = "x"',
    'project = "APP" ORDER BY created',
    'project = "APP"\nOR project = "SEC"',
    "project = 010100",
    'project = "APP" -- x',
  ])("refused: %s", async (jql) => {
    expect((await refusalOf(() => readJql(jql))).reason).toBe("request_mismatch");
  });

  test("a value that would end its quotes is no value of a search", async () => {
    const entry = jiraCatalogue.operations.issuesSearch;
    for (const bad of ['a" OR project = "SEC', "a\\", "a\n", ""]) {
      expect((await refusalOf(() => writeJql("APP", { status: [bad] }))).reason).toBe("request_malformed");
      for (const values of [{ status: [bad] }, { labels: [bad] }, { text: bad }, { assignee: bad }])
        expect((await refusalOf(() => parseArguments(entry, values))).reason).toBe("request_malformed");
    }
    for (const text of ["a*", "a AND b)", "-a", "~a", "a:b", "(a"])
      expect((await refusalOf(() => parseArguments(entry, { text }))).reason).toBe("request_malformed");
  });
});
