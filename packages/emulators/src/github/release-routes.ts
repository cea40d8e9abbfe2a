import { GithubProblem, notFound, validationFailed } from "./github-problem.ts";
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
  { method: "GET", path: "/releases/{release}", needs: [["contents", "read"]], handle: read },
  { method: "PATCH", path: "/releases/{release}", needs: [["contents", "write"]], handle: update },
  { method: "DELETE", path: "/releases/{release}", needs: [["contents", "write"]], handle: remove },
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

function read(call: RepositoryCall): ApiAnswer {
  return shown(bodyOf(releaseOf(call)));
}

function update(call: RepositoryCall): ApiAnswer {
  const { repository, body } = call;
  const found = releaseOf(call);
  const draft = typeof body["draft"] === "boolean" ? body["draft"] : found.draft;
  const updated: TwinRelease = {
    ...found,
    tag: optionalTextOf(call, "tag_name") ?? found.tag,
    target: optionalTextOf(call, "target_commitish") ?? found.target,
    name: optionalTextOf(call, "name") ?? found.name,
    body: optionalTextOf(call, "body") ?? found.body,
    draft,
    prerelease: typeof body["prerelease"] === "boolean" ? body["prerelease"] : found.prerelease,
  };
  const { releases } = repository;
  releases.splice(releases.indexOf(found), 1, updated);
  // A draft that is published makes its tag, wherever its target is by then.
  const commit = repository.commitAt(updated.target);
  if (!draft && commit !== undefined && !repository.tags.has(updated.tag))
    repository.tags.set(updated.tag, commit.sha);
  return changed(200, bodyOf(updated));
}

function remove(call: RepositoryCall): ApiAnswer {
  const { releases } = call.repository;
  releases.splice(releases.indexOf(releaseOf(call)), 1);
  return changed(204);
}

/** Drafts are not there for a token that only reads. */
function releaseOf({ repository, variables, grant }: RepositoryCall): TwinRelease {
  const found = repository.releases.find(({ id }) => String(id) === variables["release"]);
  if (found === undefined || (found.draft && grant.permissions["contents"] === "read")) throw notFound();
  return found;
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
