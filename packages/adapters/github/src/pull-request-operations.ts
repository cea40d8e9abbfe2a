import { operation } from "@watchword/core";
import { z } from "zod";
import { CommitId } from "./names.ts";
import {
  Body,
  Branch,
  ListState,
  ObjectId,
  Ordinal,
  Title,
  bound,
  changesSomething,
  page,
  repositoryId,
} from "./operation-fields.ts";
import { SearchWords } from "./search-query.ts";

const PullNumber = Ordinal.describe("Number of the pull request in its repository.");

/** Pull requests between branches of one repository. */
export const pullRequestOperations = {
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
  pullRequestsFiles: operation({
    ...bound,
    name: "pull_requests.files",
    access: "read",
    title: "Read what a pull request changes, file by file",
    arguments: z.strictObject({ number: PullNumber, ...page, repositoryId }),
    example: { number: 7, per_page: 100 },
  }),
  // INVARIANT: no operation changes a pull request's base. A merge is decided by the base that the broker read, and neither
  // token nor request would hold it there.
  pullRequestsUpdate: operation({
    ...bound,
    name: "pull_requests.update",
    access: "write",
    title: "Change a pull request",
    arguments: z
      .strictObject({
        number: PullNumber,
        title: Title.optional().describe("New title."),
        body: Body.optional().describe("New description."),
        state: z.enum(["open", "closed"]).optional().describe("Open or close it, without a merge."),
        repositoryId,
      })
      .refine(changesSomething, { error: "must change something" }),
    example: { number: 7, state: "closed" },
  }),
  pullRequestsReview: operation({
    ...bound,
    name: "pull_requests.review",
    access: "write",
    title: "Review a pull request at the head that was decided",
    arguments: z.strictObject({
      number: PullNumber,
      event: z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]).describe("What the review says."),
      body: Body.optional().describe("Text, in Markdown; needed unless it approves."),
      comments: z
        .array(
          z.strictObject({
            path: z.string().min(1).max(512).describe("File, as the pull request names it: docs/a.md."),
            line: Ordinal.describe("Line of the file."),
            side: z.enum(["LEFT", "RIGHT"]).optional().describe("Before or after the change."),
            body: z.string().min(1).max(1_024).describe("Text, in Markdown."),
          }),
        )
        .max(20)
        .optional()
        .describe("Remarks on single lines."),
      sha: CommitId.optional().describe(
        "Head of the pull request; left out: the broker reads it. The review is of this commit.",
      ),
      repositoryId,
    }),
    decided: ["sha", "repositoryId"],
    example: { number: 7, event: "COMMENT", body: "Reads well." },
  }),
  pullRequestsReviews: operation({
    ...bound,
    name: "pull_requests.reviews",
    access: "read",
    title: "Read the reviews of a pull request",
    arguments: z.strictObject({ number: PullNumber, ...page, repositoryId }),
    example: { number: 7 },
  }),
  pullRequestsDismissReview: operation({
    ...bound,
    name: "pull_requests.dismiss_review",
    access: "write",
    title: "Dismiss a review of a pull request, so that it counts no more",
    arguments: z.strictObject({
      number: PullNumber,
      review: ObjectId.describe("Id of the review."),
      message: z.string().min(1).max(1_024).describe("Why, for everybody to read."),
      repositoryId,
    }),
    example: { number: 7, review: 80, message: "It is about an earlier state." },
  }),
  pullRequestsSearch: operation({
    ...bound,
    name: "pull_requests.search",
    access: "read",
    title: "Search the pull requests of the repository",
    arguments: z.strictObject({
      text: SearchWords.describe("Words that title, text or comments hold."),
      ...page,
      repositoryId,
    }),
    example: { text: "page" },
  }),
};
