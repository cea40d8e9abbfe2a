import { GithubProblem, notFound, validationFailed } from "./github-problem.ts";
import { requirePermission } from "./installation-tokens.ts";
import {
  type ApiAnswer,
  type RepositoryCall,
  type RepositoryRoute,
  changed,
  optionalTextOf,
  shown,
  textOf,
} from "./repository-route.ts";
import { type TwinCommit, blobSha } from "./repository-state.ts";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Files: read, write, delete, each write a commit of its own on one branch. */
export const CONTENTS_ROUTES: readonly RepositoryRoute[] = [
  { method: "GET", path: "/contents/{+path}", needs: [["contents", "read"]], handle: read },
  { method: "PUT", path: "/contents/{+path}", needs: [["contents", "write"]], handle: put },
  { method: "DELETE", path: "/contents/{+path}", needs: [["contents", "write"]], handle: remove },
];

function read(call: RepositoryCall): ApiAnswer {
  const path = pathOf(call);
  const ref = call.query.get("ref") ?? call.repository.defaultBranch;
  const commit = call.repository.commitAt(ref);
  if (commit === undefined) throw new GithubProblem(404, `No commit found for the ref ${ref}`);
  const bytes = commit.tree.get(path);
  if (bytes !== undefined)
    return shown({ ...entryOf(path, bytes), encoding: "base64", content: bytes.toString("base64") });
  const below = [...commit.tree].filter(([name]) => name.startsWith(`${path}/`));
  if (below.length === 0) throw notFound();
  return shown(below.map(([name, content]) => entryOf(name, content)));
}

function put(call: RepositoryCall): ApiAnswer {
  const { path, branch, message, held } = readWrite(call);
  const content = textOf(call, "content");
  if (!BASE64.test(content)) throw new GithubProblem(422, "content is not valid Base64");
  const sha = optionalTextOf(call, "sha");
  if (held !== undefined && sha === undefined)
    throw new GithubProblem(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (sha !== undefined && sha !== held) throw doesNotMatch(path, sha);
  const bytes = Buffer.from(content, "base64");
  const commit = call.repository.commit(branch, message, (files) => files.set(path, bytes));
  return changed(held === undefined ? 201 : 200, { content: entryOf(path, bytes), commit: commitOf(commit) });
}

function remove(call: RepositoryCall): ApiAnswer {
  const { path, branch, message, held } = readWrite(call);
  const sha = textOf(call, "sha");
  if (held === undefined) throw notFound();
  if (sha !== held) throw doesNotMatch(path, sha);
  const commit = call.repository.commit(branch, message, (files) => files.delete(path));
  return changed(200, { content: null, commit: commitOf(commit) });
}

function readWrite(call: RepositoryCall) {
  const path = pathOf(call);
  if (path.startsWith(".github/workflows/"))
    requirePermission(call.grant.permissions, ["workflows", "write"]);
  const message = textOf(call, "message");
  const branch = optionalTextOf(call, "branch") ?? call.repository.defaultBranch;
  const head = call.repository.branches.get(branch);
  if (head === undefined) throw new GithubProblem(404, `Branch ${branch} not found`);
  const bytes = call.repository.treeAt(head.sha).get(path);
  return { path, branch, message, held: bytes === undefined ? undefined : blobSha(bytes) };
}

function pathOf(call: RepositoryCall): string {
  const path = call.variables["path"] ?? "";
  if (path.startsWith("/")) throw new GithubProblem(422, "path cannot start with a slash");
  if (
    path
      .split("/")
      .some((segment) => segment === "" || segment === "." || segment === ".." || segment === ".git")
  )
    throw new GithubProblem(422, "path contains a malformed path component");
  return path;
}

const doesNotMatch = (path: string, sha: string): GithubProblem =>
  sha === "" ? validationFailed("sha") : new GithubProblem(409, `${path} does not match ${sha}`);

function entryOf(path: string, bytes: Buffer) {
  return { type: "file", name: path.split("/").at(-1), path, sha: blobSha(bytes), size: bytes.byteLength };
}

function commitOf(commit: TwinCommit) {
  return { sha: commit.sha, message: commit.message, parents: commit.parents.map((sha) => ({ sha })) };
}
