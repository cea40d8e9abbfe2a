import { operation } from "@watchword/core";
import { z } from "zod";
import { BranchName, CommitId } from "./names.ts";
import { Body, ObjectId, Title, bound, changesSomething, page, repositoryId } from "./operation-fields.ts";

const release = ObjectId.describe("Id of the release.");

/** Releases of one repository. */
export const releaseOperations = {
  releasesList: operation({
    ...bound,
    name: "releases.list",
    access: "read",
    title: "List releases",
    arguments: z.strictObject({ ...page, repositoryId }),
    example: { per_page: 10 },
  }),
  releasesCreate: operation({
    ...bound,
    name: "releases.create",
    access: "write",
    title: "Release the head of the default branch under a new tag",
    arguments: z.strictObject({
      tag: BranchName.describe("Tag to make: v1.2.0. One that is there is refused."),
      title: Title.optional().describe("Name of the release."),
      body: Body.optional().describe("What is new, in Markdown."),
      draft: z.boolean().optional().describe("Whether only people who may write see it; makes no tag yet."),
      prerelease: z.boolean().optional().describe("Whether it is not ready for everybody."),
      sha: CommitId.optional().describe(
        "Head of the default branch; left out: the broker reads it. Another commit is refused.",
      ),
      repositoryId,
    }),
    decided: ["sha", "repositoryId"],
    example: { tag: "v1.2.0", title: "1.2" },
  }),
  releasesGet: operation({
    ...bound,
    name: "releases.get",
    access: "read",
    title: "Read one release",
    arguments: z.strictObject({ release, repositoryId }),
    example: { release: 1 },
  }),
  releasesUpdate: operation({
    ...bound,
    name: "releases.update",
    access: "write",
    title: "Change what a release says of itself; its tag and whether it is a draft stay",
    arguments: z
      .strictObject({
        release,
        title: Title.optional().describe("New name of the release."),
        body: Body.optional().describe("New text, in Markdown."),
        prerelease: z.boolean().optional().describe("Whether it is not ready for everybody."),
        repositoryId,
      })
      .refine(changesSomething, { error: "must change something" }),
    example: { release: 1, title: "1.2.0" },
  }),
  releasesDelete: operation({
    ...bound,
    name: "releases.delete",
    access: "write",
    title: "Delete a release; its tag stays",
    arguments: z.strictObject({ release, repositoryId }),
    example: { release: 1 },
  }),
};
