import { changesBetween, fileBody } from "./changed-files.ts";
import { GithubProblem, notFound, validationFailed } from "./github-problem.ts";
import { pullOf } from "./pull-routes.ts";
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
import type { TwinReview } from "./repository-state.ts";

const STATES: Readonly<Record<string, TwinReview["state"]>> = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};

/** What a pull request changes, and what is said of it. */
export const REVIEW_ROUTES: readonly RepositoryRoute[] = [
  { method: "GET", path: "/pulls/{number}/files", needs: [["pull_requests", "read"]], handle: files },
  { method: "GET", path: "/pulls/{number}/reviews", needs: [["pull_requests", "read"]], handle: list },
  { method: "POST", path: "/pulls/{number}/reviews", needs: [["pull_requests", "write"]], handle: review },
  {
    method: "GET",
    path: "/pulls/{number}/reviews/{review}",
    needs: [["pull_requests", "read"]],
    handle: read,
  },
  {
    method: "PUT",
    path: "/pulls/{number}/reviews/{review}/dismissals",
    needs: [["pull_requests", "write"]],
    handle: dismiss,
  },
];

function files(call: RepositoryCall): ApiAnswer {
  return shown(pageOf(call, changedFiles(call)).map(fileBody));
}

function list(call: RepositoryCall): ApiAnswer {
  const { number } = pullOf(call);
  const found = call.repository.reviews.filter((candidate) => candidate.pull === number);
  return shown(pageOf(call, found).map(bodyOf));
}

function read(call: RepositoryCall): ApiAnswer {
  return shown(bodyOf(reviewOf(call)));
}

function dismiss(call: RepositoryCall): ApiAnswer {
  const found = reviewOf(call);
  const message = textOf(call, "message");
  const event = optionalTextOf(call, "event") ?? "DISMISS";
  if (event !== "DISMISS") throw validationFailed("event");
  if (found.state !== "APPROVED" && found.state !== "CHANGES_REQUESTED")
    throw unprocessable("Can not dismiss a commented pull request review");
  const dismissed: TwinReview = { ...found, state: "DISMISSED", body: message };
  const { reviews } = call.repository;
  reviews.splice(reviews.indexOf(found), 1, dismissed);
  return changed(200, bodyOf(dismissed));
}

/** A review of this pull request and of no other. */
function reviewOf(call: RepositoryCall): TwinReview {
  const { number } = pullOf(call);
  const found = call.repository.reviews.find(
    ({ id, pull }) => String(id) === call.variables["review"] && pull === number,
  );
  if (found === undefined) throw notFound();
  return found;
}

function review(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const pull = pullOf(call);
  const [event, body] = [textOf(call, "event"), optionalTextOf(call, "body") ?? ""];
  const state = Object.hasOwn(STATES, event) ? STATES[event] : undefined;
  if (state === undefined) throw validationFailed("event");
  const commit = optionalTextOf(call, "commit_id") ?? repository.headOf(pull);
  // The twin knows no history of a pull request, so that its head is the only commit of it.
  if (commit !== repository.headOf(pull)) throw validationFailed("commit_id");
  if (event !== "APPROVE" && body === "") throw unprocessable("A review body is required");
  if (event !== "COMMENT" && pull.appId === call.grant.appId)
    throw unprocessable(
      event === "APPROVE"
        ? "Can not approve your own pull request"
        : "Can not request changes on your own pull request",
    );
  const names = new Set(changedFiles(call).map(({ path }) => path));
  for (const remark of remarksOf(call))
    if (!names.has(remark)) throw unprocessable("Path could not be resolved");
  const id = repository.id * 10_000 + repository.reviews.length + 1;
  const made: TwinReview = { id, pull: pull.number, appId: call.grant.appId, state, body, commit };
  repository.reviews.push(made);
  return changed(200, bodyOf(made));
}

/** Paths of a review's remarks. @throws GithubProblem 422 */
function remarksOf({ body }: RepositoryCall): readonly string[] {
  const { comments = [] } = body;
  if (!Array.isArray(comments)) throw validationFailed("comments");
  return comments.map((remark: unknown) => {
    const path: unknown =
      typeof remark === "object" && remark !== null ? Reflect.get(remark, "path") : undefined;
    if (typeof path !== "string") throw validationFailed("comments");
    return path;
  });
}

function changedFiles(call: RepositoryCall) {
  const { repository } = call;
  const pull = pullOf(call);
  const before = repository.treeAt(repository.branches.get(pull.base)?.sha ?? "");
  return changesBetween(before, repository.treeAt(repository.headOf(pull)));
}

const unprocessable = (message: string): GithubProblem =>
  new GithubProblem(422, "Unprocessable Entity", [message]);

const bodyOf = ({ id, state, body, commit }: TwinReview) => ({ id, state, body, commit_id: commit });
