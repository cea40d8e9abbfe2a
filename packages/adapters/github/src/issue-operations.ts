import { operation } from "@watchword/core";
import { z } from "zod";
import { LabelInPath } from "./names.ts";
import {
  Body,
  ListState,
  Names,
  Ordinal,
  Title,
  bound,
  changesSomething,
  page,
  repositoryId,
} from "./operation-fields.ts";
import { SearchWords } from "./search-query.ts";

const IssueNumber = Ordinal.describe("Number of the issue in its repository; a pull request's is refused.");

/** Issues of one repository. */
export const issueOperations = {
  issuesGet: operation({
    ...bound,
    name: "issues.get",
    access: "read",
    title: "Read one issue",
    arguments: z.strictObject({ number: IssueNumber, repositoryId }),
    example: { number: 3 },
  }),
  issuesList: operation({
    ...bound,
    name: "issues.list",
    access: "read",
    title: "List issues",
    arguments: z.strictObject({
      state: ListState,
      labels: Names.min(1).optional().describe("Only issues with all of these labels."),
      ...page,
      repositoryId,
    }),
    example: { state: "open", labels: ["bug"] },
  }),
  issuesComments: operation({
    ...bound,
    name: "issues.comments",
    access: "read",
    title: "Read the comments on an issue",
    arguments: z.strictObject({ number: IssueNumber, ...page, repositoryId }),
    example: { number: 3, per_page: 100 },
  }),
  issuesCreate: operation({
    ...bound,
    name: "issues.create",
    access: "write",
    title: "Open an issue",
    arguments: z.strictObject({
      title: Title.describe("Title of the issue."),
      body: Body.optional().describe("Text, in Markdown."),
      labels: Names.optional().describe("Labels by name."),
      assignees: Names.optional().describe("People by login."),
      repositoryId,
    }),
    example: { title: "A page is missing", labels: ["docs"] },
  }),
  issuesUpdate: operation({
    ...bound,
    name: "issues.update",
    access: "write",
    title: "Change an issue",
    arguments: z
      .strictObject({
        number: IssueNumber,
        title: Title.optional().describe("New title."),
        body: Body.optional().describe("New text."),
        state: z.enum(["open", "closed"]).optional().describe("Open or close it."),
        state_reason: z.enum(["completed", "not_planned", "reopened"]).optional().describe("Why."),
        labels: Names.optional().describe("All labels that it has afterwards."),
        assignees: Names.optional().describe("All assignees that it has afterwards."),
        repositoryId,
      })
      .refine(changesSomething, { error: "must change something" }),
    example: { number: 3, state: "closed", state_reason: "completed" },
  }),
  issuesComment: operation({
    ...bound,
    name: "issues.comment",
    access: "write",
    title: "Comment on an issue",
    arguments: z.strictObject({
      number: IssueNumber,
      body: z.string().min(1).max(8_192).describe("Text, in Markdown."),
      repositoryId,
    }),
    example: { number: 3, body: "Done in #7." },
  }),
  issuesLabel: operation({
    ...bound,
    name: "issues.label",
    access: "write",
    title: "Add labels to an issue",
    arguments: z.strictObject({
      number: IssueNumber,
      labels: Names.min(1).describe("Labels by name, besides those that it has."),
      repositoryId,
    }),
    example: { number: 3, labels: ["docs"] },
  }),
  issuesUnlabel: operation({
    ...bound,
    name: "issues.unlabel",
    access: "write",
    title: "Take a label off an issue",
    arguments: z.strictObject({
      number: IssueNumber,
      label: LabelInPath.describe("Label by name. One with a space or an umlaut goes by issues.update."),
      repositoryId,
    }),
    example: { number: 3, label: "bug" },
  }),
  issuesSearch: operation({
    ...bound,
    name: "issues.search",
    access: "read",
    title: "Search the issues of the repository",
    arguments: z.strictObject({
      text: SearchWords.describe("Words that title, text or comments hold."),
      ...page,
      repositoryId,
    }),
    example: { text: "missing page", per_page: 10 },
  }),
};
