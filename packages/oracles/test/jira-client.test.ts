import { type JiraTwin, jiraTwin } from "@watchword/emulators/jira";
import { createCloudClient } from "jira.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SITE = "11111111-2222-3333-4444-555555555551";
const text = (said: string) => ({
  type: "doc" as const,
  version: 1 as const,
  content: [{ type: "paragraph" as const, content: [{ type: "text" as const, text: said }] }],
});

let twin: JiraTwin;
beforeEach(async () => {
  twin = await jiraTwin({
    sites: {
      [SITE]: {
        projects: {
          APP: {
            id: 10_100,
            name: "Application",
            issues: {
              1: { summary: "The page is blank", comments: ["Since Monday."], links: ["APP-2"] },
              2: { summary: "b" },
            },
          },
        },
      },
    },
    clients: [
      { id: "writer", secret: "s", scopes: ["read:jira-work", "write:jira-work"] },
      { id: "reader", secret: "s", scopes: ["read:jira-work"] },
    ],
  });
});
afterEach(() => twin.close());

/** The stock client, which refuses every answer that is not as Atlassian's own description of Jira has it. */
const client = (token: string) =>
  createCloudClient({
    host: `${twin.url}/ex/jira/${SITE}`,
    auth: { type: "bearer", token },
    onSchemaMismatch: "throw",
  });

describe("the stock client takes the twin for Jira", () => {
  test("projects, issues, searches, comments and transitions are as described", async () => {
    const jira = client(twin.token("writer"));
    expect(await jira.projects.getProject({ projectIdOrKey: "APP" })).toMatchObject({ id: "10100" });
    const issue = await jira.issues.getIssue({ issueIdOrKey: "APP-1", fields: ["summary", "status"] });
    expect(issue).toMatchObject({ key: "APP-1", fields: { summary: "The page is blank" } });
    const found = await jira.issueSearch.searchAndReconsileIssuesUsingJql({
      jql: 'project = "APP" ORDER BY created ASC',
    });
    expect(found.issues?.map(({ key }) => key)).toEqual(["APP-1", "APP-2"]);
    const { comments = [] } = await jira.issueComments.getComments({ issueIdOrKey: "APP-1" });
    expect(comments).toHaveLength(1);
    const { transitions = [] } = await jira.issues.getTransitions({ issueIdOrKey: "APP-1" });
    expect(transitions.map(({ name }) => name)).toEqual(["Start", "Finish"]);
  });

  test("writes are as described, and change what they say", async () => {
    const jira = client(twin.token("writer"));
    const fields = {
      project: { key: "APP" },
      issuetype: { name: "Bug" },
      summary: "c",
      description: text("d"),
    };
    expect(await jira.issues.createIssue({ fields })).toMatchObject({ key: "APP-3" });
    await jira.issues.editIssue({ issueIdOrKey: "APP-3", fields: { summary: "e" } });
    await jira.issues.assignIssue({ issueIdOrKey: "APP-3", accountId: "5b10" });
    await jira.issues.doTransition({ issueIdOrKey: "APP-3", transition: { id: "11" } });
    await jira.issueComments.addComment({ issueIdOrKey: "APP-3", body: text("f") });
    expect(twin.issue(SITE, "APP-3")).toMatchObject({
      summary: "e",
      assignee: "5b10",
      status: { name: "In Progress" },
      comments: [{ body: text("f") }],
    });
  });

  test.for<{ why: string; by: "reader" | "writer" | "nobody"; issue: string; status: number }>([
    { why: "a dead token", by: "nobody", issue: "APP-1", status: 401 },
    { why: "a scope that does not match, which is 401 as well", by: "reader", issue: "APP-1", status: 401 },
    { why: "an issue that is not there", by: "writer", issue: "APP-9", status: 404 },
  ])("it refuses $why", async ({ by, issue, status }) => {
    const jira = client(by === "nobody" ? "twin_jira_nobody" : twin.token(by));
    const edited = jira.issues.editIssue({ issueIdOrKey: issue, fields: { summary: "x" } });
    await expect(edited).rejects.toMatchObject({ status });
    expect(twin.requests.map(({ kind }) => kind)).toEqual(["refused"]);
  });
});
