import { type Catalogue, operation } from "@watchword/core";
import { z } from "zod";
import { BranchName, CommitId, FilePath, WritablePath } from "./names.ts";

const Ordinal = z.int().min(1).max(2_147_483_647);
const PullNumber = Ordinal.describe("Number of the pull request in its repository.");
const IssueNumber = Ordinal.describe("Number of the issue in its repository; a pull request's is refused.");
const Branch = BranchName.describe("Branch without refs/heads/ before it: main, feature/x.");
const Title = z.string().min(1).max(256);
const Body = z.string().max(8_192);
const Names = z.array(z.string().regex(/^[^,\u0000-\u001f]{1,50}$/)).max(20);
const ListState = z.enum(["open", "closed", "all"]).optional().describe("Default: open.");
const BLOB = "Blob id of the file as it was read; needed to replace or delete it.";
const Message = z.string().min(1).max(2_048).describe("Commit message.");

const page = {
  per_page: z.int().min(1).max(100).optional().describe("Objects per page, 1–100; GitHub's default is 30."),
  page: z.int().min(1).max(1_000).optional().describe("Number of the page, from 1."),
};

const repositoryId = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, { error: "must be a numeric id" })
  .optional()
  .describe(
    "Numeric id of the repository. Leave it out: the broker looks it up, and the token is for it alone.",
  );

/** An update without anything to update would be a read that needs a write's permission. */
const changesSomething = (values: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(values).some(
    ([name, value]) => value !== undefined && name !== "number" && name !== "repositoryId",
  );

const resource = { repository: "owner/name, exactly as GitHub spells it" };
const bound = { resource, references: [], decided: ["repositoryId"] } as const;

/** Files, branches, pull requests, issues and checks of one repository, as data: what policies, bindings and gateway share. */
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
    pullRequestsGet: operation({
      ...bound,
      name: "pull_requests.get",
      access: "read",
      title: "Read one pull request",
      arguments: z.strictObject({ number: PullNumber, repositoryId }),
      example: { number: 7 },
    }),
    pullRequestsList: operation({
      ...bound,
      name: "pull_requests.list",
      access: "read",
      title: "List pull requests",
      arguments: z.strictObject({
        state: ListState,
        base: Branch.optional().describe("Only those that would be merged into this branch."),
        ...page,
        repositoryId,
      }),
      example: { state: "open", per_page: 10 },
    }),
    pullRequestsCreate: operation({
      ...bound,
      name: "pull_requests.create",
      access: "write",
      title: "Open a pull request between two branches of the repository",
      arguments: z.strictObject({
        title: Title.describe("Title of the pull request."),
        head: Branch.describe("Branch with the change; of the same repository."),
        base: Branch.describe("Branch to merge into."),
        body: Body.optional().describe("Description, in Markdown."),
        draft: z.boolean().optional().describe("Whether it is a draft."),
        repositoryId,
      }),
      example: { title: "A page", head: "feature", base: "main" },
    }),
    pullRequestsMerge: operation({
      ...bound,
      name: "pull_requests.merge",
      access: "write",
      title: "Merge a pull request at the head that was decided",
      arguments: z.strictObject({
        number: PullNumber,
        method: z.enum(["merge", "squash", "rebase"]).optional().describe("Default: merge."),
        title: Title.optional().describe("First line of the commit message."),
        message: Body.optional().describe("Rest of the commit message."),
        sha: CommitId.optional().describe(
          "Head of the pull request; left out: the broker reads it. GitHub refuses to merge once it has moved.",
        ),
        repositoryId,
      }),
      decided: ["sha", "repositoryId"],
      example: { number: 7, method: "squash" },
    }),
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
  }),
}) satisfies Catalogue;
