import { type Catalogue, operation } from "@watchword/core";
import { z } from "zod";
import { commitOperations } from "./commit-operations.ts";
import { issueOperations } from "./issue-operations.ts";
import { CommitId, FilePath, WritablePath } from "./names.ts";
import { Body, Branch, Ordinal, Title, bound, page, repositoryId } from "./operation-fields.ts";
import { pullRequestOperations } from "./pull-request-operations.ts";
import { releaseOperations } from "./release-operations.ts";
import { SearchWords } from "./search-query.ts";
import { workflowOperations } from "./workflow-operations.ts";

const BLOB = "Blob id of the file as it was read; needed to replace or delete it.";
const Message = z.string().min(1).max(2_048).describe("Commit message.");

/** Files, branches, commits, pull requests, issues, checks, releases and workflows of one repository, as data: what policies, bindings and gateway share. */
export const githubCatalogue = Object.freeze({
  adapter: "github",
  operations: Object.freeze({
    repositoriesGet: operation({
      ...bound,
      name: "repositories.get",
      access: "read",
      title: "Read what a repository is",
      arguments: z.strictObject({ repositoryId }),
      example: {},
    }),
    contentsGet: operation({
      ...bound,
      name: "contents.get",
      access: "read",
      title: "Read a file or list a folder",
      arguments: z.strictObject({
        path: FilePath.describe("Path from the root of the repository, with the slash: /docs/a.md"),
        branch: Branch.optional().describe("Branch to read from; left out: the default branch."),
        repositoryId,
      }),
      example: { path: "/docs/a.md", branch: "main" },
    }),
    contentsPut: operation({
      ...bound,
      name: "contents.put",
      access: "write",
      title: "Write a file, as one commit on a branch",
      arguments: z.strictObject({
        path: WritablePath.describe("Path from the root, with the slash; never below /.github/workflows."),
        branch: Branch,
        message: Message,
        content: z
          .string()
          .max(43_692)
          .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, {
            error: "must be base64",
          })
          .describe("New content as base64 in one line, at most 32 KiB before encoding."),
        sha: CommitId.optional().describe(BLOB),
        repositoryId,
      }),
      example: { path: "/docs/new.md", branch: "main", message: "docs: a page", content: "aGVsbG8K" },
    }),
    contentsDelete: operation({
      ...bound,
      name: "contents.delete",
      access: "write",
      title: "Delete a file, as one commit on a branch",
      arguments: z.strictObject({
        path: WritablePath.describe("Path from the root, with the slash; never below /.github/workflows."),
        branch: Branch,
        message: Message,
        sha: CommitId.describe(BLOB),
        repositoryId,
      }),
      example: {
        path: "/docs/a.md",
        branch: "main",
        message: "docs: without the page",
        sha: "ce013625030ba8dba906f756967f9e9ca394464a",
      },
    }),
    contentsSearch: operation({
      ...bound,
      name: "contents.search",
      access: "read",
      title: "Search the files of the repository, on its default branch",
      arguments: z.strictObject({
        text: SearchWords.describe("Words that a file holds."),
        ...page,
        repositoryId,
      }),
      example: { text: "hello" },
    }),
    branchesGet: operation({
      ...bound,
      name: "branches.get",
      access: "read",
      title: "Read where a branch stands",
      arguments: z.strictObject({ branch: Branch, repositoryId }),
      example: { branch: "main" },
    }),
    branchesCreate: operation({
      ...bound,
      name: "branches.create",
      access: "write",
      title: "Start a branch at the head of the default branch",
      arguments: z.strictObject({
        branch: Branch,
        sha: CommitId.optional().describe(
          "Head of the default branch; left out: the broker reads it. Another commit is refused.",
        ),
        repositoryId,
      }),
      decided: ["sha", "repositoryId"],
      example: { branch: "docs/page" },
    }),
    branchesDelete: operation({
      ...bound,
      name: "branches.delete",
      access: "write",
      title: "Delete a branch",
      arguments: z.strictObject({ branch: Branch, repositoryId }),
      example: { branch: "old" },
    }),
    ...commitOperations,
    ...pullRequestOperations,
    ...issueOperations,
    checksList: operation({
      ...bound,
      name: "checks.list",
      access: "read",
      title: "List the checks of a commit",
      arguments: z.strictObject({
        commit: CommitId.describe("Full commit id."),
        check_name: z.string().min(1).max(256).optional().describe("Only checks of this name."),
        app_id: Ordinal.optional().describe("Only checks of this App."),
        filter: z.enum(["latest", "all"]).optional().describe("Default: latest."),
        ...page,
        repositoryId,
      }),
      example: { commit: "a".repeat(40) },
    }),
    checksCreate: operation({
      ...bound,
      name: "checks.create",
      access: "write",
      title: "Post a check on a commit, in the App's own name",
      arguments: z.strictObject({
        name: z.string().min(1).max(256).describe("Name of the check."),
        commit: CommitId.describe("Full commit id."),
        status: z.enum(["queued", "in_progress", "completed"]).optional().describe("Default: queued."),
        conclusion: z
          .enum(["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"])
          .optional()
          .describe("How it ended; makes it completed."),
        output: z
          .strictObject({ title: Title, summary: Body, text: Body.optional() })
          .optional()
          .describe("What is shown of it, in Markdown."),
        repositoryId,
      }),
      example: { name: "review", commit: "a".repeat(40), status: "completed", conclusion: "neutral" },
    }),
    ...releaseOperations,
    ...workflowOperations,
  }),
}) satisfies Catalogue;
