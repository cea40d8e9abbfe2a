import { GithubProblem, validationFailed } from "./github-problem.ts";
import {
  type ApiAnswer,
  type RepositoryCall,
  type RepositoryRoute,
  changed,
  optionalTextOf,
  pageOf,
  shown,
  textOf,
} from "./repository-route.ts";
import type { TwinRelease } from "./repository-state.ts";

/** Releases. One that is no draft makes its tag where there is none; where there is one, its target says nothing. */
export const RELEASE_ROUTES: readonly RepositoryRoute[] = [
  { method: "GET", path: "/releases", needs: [["contents", "read"]], handle: list },
  { method: "POST", path: "/releases", needs: [["contents", "write"]], handle: create },
];

function list(call: RepositoryCall): ApiAnswer {
  const seen = call.repository.releases.filter(
    (release) => !release.draft || call.grant.permissions["contents"] !== "read",
  );
  return shown(pageOf(call, seen.toReversed()).map(bodyOf));
}

function create(call: RepositoryCall): ApiAnswer {
  const { repository, body } = call;
  const tag = textOf(call, "tag_name");
  const target = optionalTextOf(call, "target_commitish") ?? repository.defaultBranch;
  const commit = repository.commitAt(target);
  if (commit === undefined) throw validationFailed("target_commitish");
  if (repository.releases.some((release) => release.tag === tag && !release.draft))
    throw new GithubProblem(422, "Validation Failed", [
      { resource: "Release", field: "tag_name", code: "already_exists" },
    ]);
  const release: TwinRelease = {
    id: repository.id * 10_000 + repository.releases.length + 1,
    tag,
    target,
    name: optionalTextOf(call, "name") ?? null,
    body: optionalTextOf(call, "body") ?? null,
    draft: body["draft"] === true,
    prerelease: body["prerelease"] === true,
  };
  repository.releases.push(release);
  if (!release.draft && !repository.tags.has(tag)) repository.tags.set(tag, commit.sha);
  return changed(201, bodyOf(release));
}

const bodyOf = ({ id, tag, target, name, body, draft, prerelease }: TwinRelease) => ({
  id,
  tag_name: tag,
  target_commitish: target,
  name,
  body,
  draft,
  prerelease,
});
