import { operation } from "@watchword/core";
import { z } from "zod";
import { CommitId } from "./names.ts";
import { Branch, bound, page, repositoryId } from "./operation-fields.ts";

const Commit = CommitId.describe("Full commit id.");

/** Commits of one repository, and the statuses that others and the App itself gave them. */
export const commitOperations = {
  commitsList: operation({
    ...bound,
    name: "commits.list",
    access: "read",
    title: "List the commits of a branch, newest first",
    arguments: z.strictObject({
      branch: Branch.optional().describe("Branch to read; left out: the default branch."),
      ...page,
      repositoryId,
    }),
    example: { branch: "main", per_page: 10 },
  }),
  commitsGet: operation({
    ...bound,
    name: "commits.get",
    access: "read",
    title: "Read one commit and what it changes",
    arguments: z.strictObject({ commit: Commit, repositoryId }),
    example: { commit: "a".repeat(40) },
  }),
  commitsCompare: operation({
    ...bound,
    name: "commits.compare",
    access: "read",
    title: "Read what one branch has that another has not",
    arguments: z.strictObject({
      base: Branch.describe("Branch to compare with; of the same repository."),
      head: Branch.describe("Branch whose commits and files are shown; of the same repository."),
      ...page,
      repositoryId,
    }),
    example: { base: "main", head: "feature" },
  }),
  statusesGet: operation({
    ...bound,
    name: "statuses.get",
    access: "read",
    title: "Read the combined status of a commit",
    arguments: z.strictObject({ commit: Commit, ...page, repositoryId }),
    example: { commit: "a".repeat(40) },
  }),
  statusesCreate: operation({
    ...bound,
    name: "statuses.create",
    access: "write",
    title: "Give a commit a status, in the App's own name",
    arguments: z.strictObject({
      commit: Commit,
      context: z.string().min(1).max(256).describe("Name of the status; branch rules require it by name."),
      state: z.enum(["error", "failure", "pending", "success"]).describe("How it stands."),
      description: z.string().max(140).optional().describe("One line about it."),
      target_url: z
        .string()
        .max(1_024)
        .regex(/^https:\/\/[!-~]+$/, { error: "must be an https URL" })
        .optional()
        .describe("Where people read more."),
      repositoryId,
    }),
    example: { commit: "a".repeat(40), context: "review", state: "pending" },
  }),
};
