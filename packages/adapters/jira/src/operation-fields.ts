import { z } from "zod";
import { Name, NumericId } from "./names.ts";

/**
 * The fields that can be read. None of them shows another issue: links, parents and subtasks may be of other projects, and
 * Jira does not ask a grant before it shows them.
 */
export const READABLE = [
  "summary",
  "description",
  "status",
  "issuetype",
  "project",
  "priority",
  "labels",
  "assignee",
  "reporter",
  "created",
  "updated",
  "duedate",
  "resolution",
  "resolutiondate",
  "components",
  "fixVersions",
] as const;

/** What is shown of an issue; decided as all of {@link READABLE} where an action does not say. */
export const fields = z
  .array(z.enum(READABLE))
  .min(1)
  .max(READABLE.length)
  .refine((names) => new Set(names).size === names.length, { error: "must name each field once" })
  .optional()
  .describe("Fields to read; left out: every field of the catalogue, and none that shows another issue.");

/** Text that people read; lines are paragraphs. */
export const Text = z
  .string()
  .min(1)
  .max(8_192)
  .regex(/^[^\u0000-\u0009\u000b-\u001f\u007f]*$/, {
    error: "must hold no control character but a line's end",
  });

/** One line that people read. */
export const Summary = z
  .string()
  .max(255)
  .regex(/^[^\u0000-\u001f\u007f]+$/, { error: "must be one line" });

/** What proves that an issue was looked up: without it nothing is planned. */
export const issueId = NumericId.optional().describe(
  "Numeric id of the issue. Leave it out: the broker looks the issue up, and its project with it.",
);

/** What a policy may want of an issue before it is changed; `where: { args.currentStatus: … }`. */
export const seen = {
  currentStatus: Name.optional().describe("Status that the issue is in. Leave it out: the broker reads it."),
  issueType: Name.optional().describe("Type of the issue. Leave it out: the broker reads it."),
  issueId,
};

/** The names of {@link seen}. */
export const SEEN = ["issueId", "currentStatus", "issueType"] as const;

/** The project's number, which JQL and new issues name it by: a key could be another project's name. */
export const projectId = NumericId.optional().describe(
  "Numeric id of the project. Leave it out: the broker looks it up.",
);

/** The part of a list that is asked for. */
export const page = {
  startAt: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe("Number of objects to leave out, from the first."),
  maxResults: z.int().min(1).max(100).optional().describe("Objects at most, 1–100."),
};

const SITE = "The site's cloud id, or a data center's host; left out: the tenant's.";

/** What every operation on one issue has in common: whose project it is in says Jira. */
export const onIssue = {
  resource: { site: SITE, project: "Key of the project; left out: the one that the issue is in." },
  references: [],
} as const;

/** What operations on a project have in common. */
export const onProject = {
  resource: { site: SITE, project: "Key of the project: APP." },
  references: [],
} as const;
