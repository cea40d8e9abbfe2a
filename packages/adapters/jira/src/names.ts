import { z } from "zod";

/** A project's key, as Jira's own pattern has it. */
const PROJECT = "[A-Z][A-Z0-9_]{1,19}";
const PROJECT_KEY = new RegExp(`^${PROJECT}$`);
const ISSUE_KEY = new RegExp(`^${PROJECT}-[1-9]\\d{0,9}$`);

/** Whether a text is a project's key in the one spelling: upper case. */
export const isProjectKey = (text: string): boolean => PROJECT_KEY.test(text);

/** An issue's key. Never its numeric id, which says nothing to whoever reads a decision. */
export const IssueKey = z
  .string()
  .regex(ISSUE_KEY, { error: "must be an issue key such as APP-1" })
  .describe("Key of the issue: APP-1. One that moved is still found by its old key.");

/** A number that Jira gave to a project, an issue, a transition or a comment. */
export const NumericId = z.string().regex(/^[1-9]\d{0,18}$/, { error: "must be a numeric id" });

/** A status, issue type or priority by name: nothing that could end a quoted text of JQL. */
export const Name = z.string().regex(/^[^"\\\u0000-\u001f\u007f]{1,60}$/, { error: "must be a name" });

/** A label. Jira's own hold no space. */
export const Label = z.string().regex(/^[^\s"\\\u0000-\u001f\u007f]{1,255}$/, { error: "must be a label" });

/** A person: the account id at Jira Cloud, the user name at a data center. */
export const AccountId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9:._@-]{0,127}$/, { error: "must be an account id" });

/** A day, without a time or zone: Jira takes it in the time zone of the account that asks. */
export const Day = z.iso.date();
