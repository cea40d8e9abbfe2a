import { type Catalogue, operation } from "@watchword/core";
import { z } from "zod";
import { issueOperations } from "./issue-operations.ts";
import { AccountId, Day, IssueKey, Label, Name } from "./names.ts";
import {
  SEEN,
  Text,
  fields,
  issueId,
  onIssue,
  onProject,
  page,
  projectId,
  seen,
} from "./operation-fields.ts";

export { writeJql } from "./jql.ts";

const names = (of: z.ZodString, what: string) => z.array(of).min(1).max(20).optional().describe(what);

/** Issues of single projects of one Jira, as data: what policies, bindings and gateway share. */
export const jiraCatalogue = Object.freeze({
  adapter: "jira",
  operations: Object.freeze({
    projectsGet: operation({
      ...onProject,
      name: "projects.get",
      access: "read",
      title: "Read what a project is",
      arguments: z.strictObject({ projectId }),
      decided: ["projectId"],
      example: {},
    }),
    issuesSearch: operation({
      ...onProject,
      name: "issues.search",
      access: "read",
      title: "Search the issues of a project",
      arguments: z.strictObject({
        status: names(Name, "Only issues in one of these statuses."),
        type: names(Name, "Only issues of one of these types."),
        priority: names(Name, "Only issues of one of these priorities."),
        labels: names(Label, "Only issues with one of these labels."),
        assignee: AccountId.optional().describe("Only issues of this person."),
        reporter: AccountId.optional().describe("Only issues from this person."),
        createdSince: Day.optional().describe("Only issues made on this day or later."),
        updatedSince: Day.optional().describe("Only issues changed on this day or later."),
        text: z
          .string()
          .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,199}$/u, { error: "must be plain words" })
          .optional()
          .describe("Only issues that hold these words: letters, digits, spaces, dots and dashes."),
        order: z
          .enum(["created ASC", "created DESC", "updated ASC", "updated DESC", "priority DESC"])
          .optional()
          .describe("Which come first; left out: Jira's own order."),
        maxResults: page.maxResults,
        fields,
        projectId,
      }),
      decided: ["fields", "projectId"],
      example: { status: ["Open", "In Progress"], order: "updated DESC", maxResults: 50 },
    }),
    ...issueOperations,
    commentsList: operation({
      ...onIssue,
      name: "comments.list",
      access: "read",
      title: "Read the comments on an issue",
      arguments: z.strictObject({ issue: IssueKey, ...page, issueId }),
      decided: ["issueId"],
      example: { issue: "APP-1", maxResults: 50 },
    }),
    commentsAdd: operation({
      ...onIssue,
      name: "comments.add",
      access: "write",
      title: "Comment on an issue",
      arguments: z.strictObject({
        issue: IssueKey,
        text: Text.describe(
          "Text without markup; each line is a paragraph. A data center reads wiki markup in it.",
        ),
        ...seen,
      }),
      decided: SEEN,
      example: { issue: "APP-1", text: "Looked at it.\nThe log says why." },
    }),
  }),
}) satisfies Catalogue;
