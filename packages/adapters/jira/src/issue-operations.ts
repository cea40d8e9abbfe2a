import { operation } from "@watchword/core";
import { z } from "zod";
import { AccountId, Day, IssueKey, Label, Name, NumericId } from "./names.ts";
import {
  SEEN,
  Summary,
  Text,
  fields,
  issueId,
  onIssue,
  onProject,
  projectId,
  seen,
} from "./operation-fields.ts";

/** A change without anything to change would be a read that needs a write's credential. */
const changes =
  (...names: readonly string[]) =>
  (values: Readonly<Record<string, unknown>>): boolean =>
    names.some((name) => values[name] !== undefined);

const Labels = z
  .array(Label)
  .max(20)
  .refine((labels) => new Set(labels).size === labels.length, { error: "must name each label once" });

/** What can be set of an issue; no other field, and no project: an issue is never moved. */
const settable = {
  summary: Summary.optional().describe("Its title, one line."),
  description: Text.optional().describe(
    "What it is about, without markup; each line is a paragraph. A data center reads wiki markup in it.",
  ),
  priority: Name.optional().describe("Priority by name."),
  labels: Labels.optional().describe("All labels that it has afterwards."),
  duedate: Day.optional().describe("Day by which it is due."),
};

/** Single issues. */
export const issueOperations = {
  issuesGet: operation({
    ...onIssue,
    name: "issues.get",
    access: "read",
    title: "Read one issue",
    arguments: z.strictObject({ issue: IssueKey, fields, issueId }),
    decided: ["fields", "issueId"],
    example: { issue: "APP-1", fields: ["summary", "status"] },
  }),
  issuesCreate: operation({
    ...onProject,
    name: "issues.create",
    access: "write",
    title: "Open an issue",
    arguments: z.strictObject({
      type: Name.describe("Issue type by name: Bug, Task."),
      ...settable,
      summary: Summary.describe("Its title, one line."),
      projectId,
    }),
    decided: ["projectId"],
    example: { type: "Bug", summary: "The page is blank", labels: ["web"] },
  }),
  issuesEdit: operation({
    ...onIssue,
    name: "issues.edit",
    access: "write",
    title: "Change an issue",
    arguments: z
      .strictObject({ issue: IssueKey, ...settable, ...seen })
      .refine(changes(...Object.keys(settable)), { error: "must change something" }),
    decided: SEEN,
    example: { issue: "APP-1", summary: "The page is blank on phones", priority: "High" },
  }),
  labelsChange: operation({
    ...onIssue,
    name: "labels.change",
    access: "write",
    title: "Add labels to an issue, or take some away",
    arguments: z
      .strictObject({
        issue: IssueKey,
        add: Labels.min(1).optional().describe("Labels that it gets."),
        remove: Labels.min(1).optional().describe("Labels that it loses."),
        ...seen,
      })
      .refine(changes("add", "remove"), { error: "must change something" }),
    decided: SEEN,
    example: { issue: "APP-1", add: ["triaged"], remove: ["new"] },
  }),
  assigneeSet: operation({
    ...onIssue,
    name: "assignee.set",
    access: "write",
    title: "Assign an issue to a person",
    arguments: z.strictObject({
      issue: IssueKey,
      assignee: AccountId.describe("Account id at Jira Cloud, user name at a data center."),
      ...seen,
    }),
    decided: SEEN,
    example: { issue: "APP-1", assignee: "5b10ac8d82e05b22cc7d4ef5" },
  }),
  transitionsList: operation({
    ...onIssue,
    name: "transitions.list",
    access: "read",
    title: "List the transitions that an issue can make now",
    arguments: z.strictObject({ issue: IssueKey, issueId }),
    decided: ["issueId"],
    example: { issue: "APP-1" },
  }),
  transitionsApply: operation({
    ...onIssue,
    name: "transitions.apply",
    access: "write",
    title: "Move an issue along its workflow",
    arguments: z.strictObject({
      issue: IssueKey,
      transition: NumericId.describe("Id of the transition, as the list of transitions names it."),
      to: Name.optional().describe(
        "Name of the status that it leads to. Leave it out: the broker reads it from the issue's transitions.",
      ),
      ...seen,
    }),
    decided: ["to", ...SEEN],
    example: { issue: "APP-1", transition: "21" },
  }),
};
