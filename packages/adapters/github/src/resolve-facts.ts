import {
  type Action,
  type AdapterContext,
  type Catalogue,
  type Facts,
  Refusal,
  type Value,
  type ValueMap,
  findOperation,
  parseArguments,
} from "@watchword/core";
import { z } from "zod";
import { unusable } from "./call-github.ts";
import type { GithubSettings } from "./github-options.ts";
import { CommitId } from "./names.ts";
import { ownRepository } from "./own-repository.ts";
import type { Permissions } from "./route.ts";
import { type FoundRepository, type RepositoryReader, withReadToken } from "./with-read-token.ts";

const RESOLVE_MILLISECONDS = 1_000;

const Text = z.string().max(256);
const Side = z.object({ ref: Text, sha: CommitId, repo: z.object({ id: z.int() }).nullish() });
const Pull = z.object({
  number: z.int(),
  state: Text,
  draft: z.boolean().default(false),
  merged: z.boolean().default(false),
  head: Side,
  base: z.object({ ref: Text }),
});
const Branch = z.object({ name: Text, commit: z.object({ sha: CommitId }) });

const Review = z.object({ id: z.int(), state: Text, commit_id: CommitId.nullish() });
const Release = z.object({ id: z.int(), tag_name: Text, draft: z.boolean(), prerelease: z.boolean() });

/** Reads that an operation's look-up needs beyond the repository itself. */
const READS: Readonly<Record<string, Permissions>> = {
  "pull_requests.merge": { pull_requests: "read", metadata: "read" },
  "pull_requests.review": { pull_requests: "read", metadata: "read" },
  "pull_requests.update": { pull_requests: "read", metadata: "read" },
  "pull_requests.dismiss_review": { pull_requests: "read", metadata: "read" },
  "branches.create": { contents: "read", metadata: "read" },
  "releases.create": { contents: "read", metadata: "read" },
  "releases.update": { contents: "read", metadata: "read" },
  "releases.delete": { contents: "read", metadata: "read" },
};

/** Operations that change a pull request; their policies may ask whose branch it offers, and where to. */
const ON_PULL: ReadonlySet<string> = new Set([
  "pull_requests.merge",
  "pull_requests.review",
  "pull_requests.update",
  "pull_requests.dismiss_review",
]);

/** Operations that change a release that is there. */
const ON_RELEASE: ReadonlySet<string> = new Set(["releases.update", "releases.delete"]);

/**
 * Looks up what a decision needs: which repository the name means now, for a change of a pull request what it offers, and
 * for a merge, a review, a new branch or a release the commit that it is about (`facts.head`). A pull request that is not there leaves no head; the plan refuses then.
 *
 * @throws Refusal `tenant_mismatch`, `downstream_unavailable`, `downstream_refused`
 */
export async function resolveFacts(
  settings: GithubSettings,
  catalogue: Catalogue,
  action: Action,
  context: AdapterContext,
): Promise<Facts> {
  const entry = findOperation(catalogue, action.operation);
  if (entry === undefined)
    throw new Refusal("unknown_target", {
      detail: `github has no operation ${action.operation}`,
      failedFact: "action",
    });
  const values = parseArguments(entry, action.arguments);
  const about = {
    repository: ownRepository(action.resource, context.connection),
    permissions: READS[entry.name] ?? { metadata: "read" },
    milliseconds: RESOLVE_MILLISECONDS,
  };
  return withReadToken(settings, context, about, async (reader) => ({
    owners: {},
    values: {
      repository: repositoryFacts(reader.repository),
      ...(ON_PULL.has(entry.name) ? await pullFacts(reader, values["number"]) : {}),
      ...(entry.name === "pull_requests.dismiss_review" ? await reviewFacts(reader, values) : {}),
      ...(ON_RELEASE.has(entry.name) ? await releaseFactsOf(reader, values["release"]) : {}),
      ...(entry.name === "branches.create" ? await headFacts(reader) : {}),
      ...(entry.name === "releases.create" ? await releaseFacts(reader, values["tag"]) : {}),
    },
  }));
}

function repositoryFacts({ id, ownerId, fullName }: FoundRepository): ValueMap {
  return { id, ownerId, fullName };
}

async function pullFacts(reader: RepositoryReader, number: unknown): Promise<ValueMap> {
  const body = await reader.read(`/pulls/${String(number)}`);
  if (body === undefined) return {};
  const parsed = Pull.safeParse(body);
  if (!parsed.success || parsed.data.number !== number)
    throw unusable("an answer that is not the pull request");
  const { state, draft, merged, head, base } = parsed.data;
  return {
    head: head.sha,
    pull: {
      number: parsed.data.number,
      state,
      draft,
      merged,
      base: base.ref,
      headRef: head.ref,
      ...(head.repo == null ? {} : { headRepositoryId: String(head.repo.id) }),
    },
  };
}

/** What is dismissed: nothing of it where the pull request has no such review. */
async function reviewFacts(reader: RepositoryReader, { number, review }: ValueMap): Promise<ValueMap> {
  if (typeof number !== "number" || typeof review !== "number") return {};
  const body = await reader.read(`/pulls/${number}/reviews/${review}`);
  if (body === undefined) return {};
  const parsed = Review.safeParse(body);
  if (!parsed.success || parsed.data.id !== review) throw unusable("an answer that is not the review");
  const { state, commit_id: commit } = parsed.data;
  return { review: { state, ...(commit == null ? {} : { commit }) } };
}

/** A draft is not there for a token that only reads. */
async function releaseFactsOf(reader: RepositoryReader, id: Value | undefined): Promise<ValueMap> {
  if (typeof id !== "number") return {};
  const body = await reader.read(`/releases/${id}`);
  if (body === undefined) return {};
  const parsed = Release.safeParse(body);
  if (!parsed.success || parsed.data.id !== id) throw unusable("an answer that is not the release");
  const { tag_name: tag, draft, prerelease } = parsed.data;
  return { release: { tag, draft, prerelease } };
}

/** No head for a tag that is there: GitHub would release what it stands at, whatever the request names. */
async function releaseFacts(reader: RepositoryReader, tag: Value | undefined): Promise<ValueMap> {
  if (typeof tag !== "string") return {};
  const [taken, facts] = await Promise.all([reader.read(`/git/ref/tags/${tag}`), headFacts(reader)]);
  return taken === undefined ? facts : {};
}

async function headFacts(reader: RepositoryReader): Promise<ValueMap> {
  const { defaultBranch } = reader.repository;
  if (defaultBranch === undefined) throw unusable("an answer without the default branch");
  const body = await reader.read(`/branches/${encodeURIComponent(defaultBranch)}`);
  if (body === undefined) return {};
  const parsed = Branch.safeParse(body);
  if (!parsed.success || parsed.data.name !== defaultBranch)
    throw unusable("an answer that is not the branch");
  return { head: parsed.data.commit.sha };
}
