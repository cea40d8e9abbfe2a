import { github } from "@watchword/adapter-github";
import { type GatewayRequest, Refusal, type SeenAction, canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";

const adapter = github({ appId: 7 });
const SHA = "c".repeat(40);

/** A tool's request as a gateway reads it. */
function request(
  method: string,
  target: string,
  body?: unknown,
  headers: Record<string, string> = {},
): GatewayRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return canonicalRequest({
    method,
    target,
    headers: Object.entries({
      ...(body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
      ...headers,
    }),
    body: body === undefined ? new Uint8Array() : new TextEncoder().encode(text),
  });
}

function refusalOf(read: () => SeenAction): string {
  try {
    return `read as ${read().operation}`;
  } catch (error) {
    return Refusal.is(error) ? error.reason : "another error";
  }
}

const FILE = "/repos/acme/app/contents/docs/a.md";
const DISPATCH = "/repos/acme/app/actions/workflows/x.yml/dispatches";
const WRITE = { branch: "main", message: "m", content: "aGk=" };

describe("what is read", () => {
  test.for<{ name: string; request: GatewayRequest; seen: Omit<SeenAction, "resource"> }>([
    {
      name: "a file on a branch",
      request: request("GET", `${FILE}?ref=feature%2Fx`),
      seen: { operation: "contents.get", arguments: { path: "/docs/a.md", branch: "feature/x" } },
    },
    {
      name: "a file's new content",
      request: request("PUT", FILE, { ...WRITE, sha: SHA }),
      seen: { operation: "contents.put", arguments: { path: "/docs/a.md", ...WRITE, sha: SHA } },
    },
    {
      name: "a branch of several segments",
      request: request("DELETE", "/repos/acme/app/git/refs/heads/docs/a"),
      seen: { operation: "branches.delete", arguments: { branch: "docs/a" } },
    },
    {
      name: "a new branch",
      request: request("POST", "/repos/acme/app/git/refs", { ref: "refs/heads/x", sha: SHA }),
      seen: { operation: "branches.create", arguments: { branch: "x", sha: SHA } },
    },
    {
      name: "a merge without a body",
      request: request("PUT", "/repos/acme/app/pulls/7/merge"),
      seen: { operation: "pull_requests.merge", arguments: { number: 7 } },
    },
    {
      name: "a review",
      request: request("POST", "/repos/acme/app/pulls/7/reviews", { event: "APPROVE", commit_id: SHA }),
      seen: { operation: "pull_requests.review", arguments: { number: 7, event: "APPROVE", sha: SHA } },
    },
    {
      name: "a workflow's start on a branch by its short name",
      request: request("POST", DISPATCH, { ref: "main", inputs: { target: "staging" } }),
      seen: {
        operation: "workflows.dispatch",
        arguments: { workflow: "x.yml", branch: "main", inputs: { target: "staging" } },
      },
    },
    {
      name: "a workflow's start on a branch by its full name",
      request: request("POST", DISPATCH, { ref: "refs/heads/main" }),
      seen: { operation: "workflows.dispatch", arguments: { workflow: "x.yml", branch: "main" } },
    },
    {
      name: "what a branch has that another has not",
      request: request("GET", "/repos/acme/app/compare/release/1.2...docs/a?page=2"),
      seen: { operation: "commits.compare", arguments: { base: "release/1.2", head: "docs/a", page: 2 } },
    },
    {
      name: "a release",
      request: request("POST", "/repos/acme/app/releases", { tag_name: "v1", target_commitish: SHA }),
      seen: { operation: "releases.create", arguments: { tag: "v1", sha: SHA } },
    },
    {
      name: "a page of issues",
      request: request("GET", "/repos/acme/app/issues?labels=a,b&per_page=5&page=2"),
      seen: { operation: "issues.list", arguments: { labels: ["a", "b"], per_page: 5, page: 2 } },
    },
  ])("$name", ({ request: asked, seen }) => {
    expect(adapter.actionOf(asked)).toEqual({ ...seen, resource: { repository: "acme/app" } });
  });
});

describe("what is refused", () => {
  test.for<{ name: string; request: GatewayRequest }>([
    { name: "GraphQL", request: request("POST", "/graphql", { query: "mutation { x }" }) },
    {
      name: "Git's own protocol, reading",
      request: request("GET", "/acme/app.git/info/refs?service=git-upload-pack"),
    },
    { name: "Git's own protocol, writing", request: request("POST", "/acme/app.git/git-receive-pack", {}) },
    {
      name: "a workflow",
      request: request("PUT", "/repos/acme/app/contents/.github/workflows/x.yml", WRITE),
    },
    {
      name: "a workflow in another case",
      request: request("PUT", "/repos/acme/app/contents/.GitHub/Workflows/x.yml", WRITE),
    },
    {
      name: "the workflows' folder as a file",
      request: request("PUT", "/repos/acme/app/contents/.github/workflows", WRITE),
    },
    { name: "Git's own folder", request: request("PUT", "/repos/acme/app/contents/.git/config", WRITE) },
    { name: "a file without a branch", request: request("PUT", FILE, { message: "m", content: "aGk=" }) },
    { name: "content that is not base64", request: request("PUT", FILE, { ...WRITE, content: "hi there" }) },
    {
      name: "somebody else as committer",
      request: request("PUT", FILE, { ...WRITE, committer: { name: "x", email: "x@acme.example" } }),
    },
    {
      name: "a member twice",
      request: request("PUT", FILE, '{"branch":"a","branch":"b","message":"m","content":""}'),
    },
    { name: "null for a member", request: request("PUT", FILE, { ...WRITE, sha: null }) },
    {
      name: "a form for JSON",
      request: request("PUT", FILE, "a=b", { "content-type": "application/x-www-form-urlencoded" }),
    },
    { name: "a body in the query", request: request("PUT", `${FILE}?branch=other`, WRITE) },
    { name: "a compressed body", request: request("PUT", FILE, WRITE, { "content-encoding": "gzip" }) },
    {
      name: "a tag",
      request: request("POST", "/repos/acme/app/git/refs", { ref: "refs/tags/v1", sha: SHA }),
    },
    {
      name: "a branch that looks like a ref",
      request: request("POST", "/repos/acme/app/git/refs", { ref: "refs/heads/refs/heads/main", sha: SHA }),
    },
    {
      name: "a branch that looks like a commit",
      request: request("POST", "/repos/acme/app/git/refs", { ref: `refs/heads/${SHA}`, sha: SHA }),
    },
    {
      name: "a forced ref",
      request: request("PATCH", "/repos/acme/app/git/refs/heads/main", { sha: SHA, force: true }),
    },
    { name: "a tag's deletion", request: request("DELETE", "/repos/acme/app/git/refs/tags/v1") },
    { name: "a short commit", request: request("GET", "/repos/acme/app/commits/ccccccc/check-runs") },
    { name: "a branch for a commit", request: request("GET", "/repos/acme/app/commits/main/check-runs") },
    {
      name: "a pull request from a fork",
      request: request("POST", "/repos/acme/app/pulls", { title: "t", head: "mallory:x", base: "main" }),
    },
    { name: "number zero", request: request("GET", "/repos/acme/app/pulls/0") },
    { name: "another spelling of a number", request: request("GET", "/repos/acme/app/pulls/07") },
    { name: "a page twice", request: request("GET", "/repos/acme/app/pulls?page=1&page=2") },
    { name: "an unknown filter", request: request("GET", "/repos/acme/app/issues?creator=x") },
    { name: "an issue's update without a change", request: request("PATCH", "/repos/acme/app/issues/3", {}) },
    { name: "branch protection", request: request("DELETE", "/repos/acme/app/branches/main/protection") },
    { name: "a workflow's start on a tag", request: request("POST", DISPATCH, { ref: "refs/tags/v1" }) },
    { name: "a workflow's start on a commit", request: request("POST", DISPATCH, { ref: SHA }) },
    { name: "a workflow's start on no branch", request: request("POST", DISPATCH, {}) },
    {
      name: "an input that is no text",
      request: request("POST", DISPATCH, { ref: "main", inputs: { target: true } }),
    },
    {
      name: "a workflow that is named by id",
      request: request("POST", "/repos/acme/app/actions/workflows/161335/dispatches", { ref: "main" }),
    },
    {
      name: "a workflow's end",
      request: request("PUT", "/repos/acme/app/actions/workflows/x.yml/disable", {}),
    },
    {
      name: "a run again",
      request: request("POST", "/repos/acme/app/actions/runs/1/rerun", {}),
    },
    {
      name: "another base for a pull request",
      request: request("PATCH", "/repos/acme/app/pulls/7", { base: "main" }),
    },
    {
      name: "a pull request's update without a change",
      request: request("PATCH", "/repos/acme/app/pulls/7", {}),
    },
    { name: "a review that says nothing", request: request("POST", "/repos/acme/app/pulls/7/reviews", {}) },
    {
      name: "the end of a review that was not given yet",
      request: request("DELETE", "/repos/acme/app/pulls/7/reviews/1"),
    },
    {
      name: "a review's submission",
      request: request("POST", "/repos/acme/app/pulls/7/reviews/1/events", { event: "APPROVE" }),
    },
    {
      name: "a comparison with a fork",
      request: request("GET", "/repos/acme/app/compare/main...mallory:x"),
    },
    {
      name: "a comparison by two dots",
      request: request("GET", "/repos/acme/app/compare/main..feature"),
    },
    {
      name: "a comparison of three",
      request: request("GET", "/repos/acme/app/compare/main...a...b"),
    },
    { name: "a comparison of one", request: request("GET", "/repos/acme/app/compare/main...") },
    { name: "a comparison of commits", request: request("GET", `/repos/acme/app/compare/main...${SHA}`) },
    {
      name: "a release of a branch",
      request: request("POST", "/repos/acme/app/releases", { tag_name: "v1", target_commitish: "feature" }),
    },
    {
      name: "a draft's publication",
      request: request("PATCH", "/repos/acme/app/releases/1", { name: "x", draft: false }),
    },
    {
      name: "a release's other tag",
      request: request("PATCH", "/repos/acme/app/releases/1", { tag_name: "v2" }),
    },
    { name: "a change of nothing", request: request("PATCH", "/repos/acme/app/releases/1", {}) },
    { name: "all labels at once", request: request("DELETE", "/repos/acme/app/issues/3/labels") },
    { name: "a commit by its branch", request: request("GET", "/repos/acme/app/commits/main") },
    {
      name: "a status for a short commit",
      request: request("POST", "/repos/acme/app/statuses/ccccccc", { context: "c", state: "success" }),
    },
    {
      name: "a status without a name",
      request: request("POST", `/repos/acme/app/statuses/${SHA}`, { state: "success" }),
    },
    { name: "a token for itself", request: request("POST", "/app/installations/42/access_tokens", {}) },
    { name: "the token's end", request: request("DELETE", "/installation/token") },
    { name: "a repository named by id", request: request("GET", "/repositories/123") },
    { name: "a repository's deletion", request: request("DELETE", "/repos/acme/app") },
  ])("$name", ({ request: asked }) => {
    expect(refusalOf(() => adapter.actionOf(asked))).toBe("request_mismatch");
  });

  test.for([
    "/repos/acme/app/contents/docs/../.github/workflows/x.yml",
    "/repos/acme/app/contents/docs%2Fa.md",
    "/repos/acme/app/contents/docs/%2e%2e/x",
    "/repos/acme/app/contents//docs/a.md",
    "/repos/acme/app/contents/docs\\a.md",
    "/repos/acme/app/../other/contents/a.md",
  ])("%s never becomes a request", (target) => {
    expect(refusalOf(() => adapter.actionOf(request("PUT", target, WRITE)))).toBe("target_refused");
  });

  test("a workflow is started on a branch, never on a tag of its name", () => {
    const authority = adapter.plan({
      system: "code",
      operation: "workflows.dispatch",
      resource: { repository: "acme/app" },
      arguments: { workflow: "x.yml", branch: "main", repositoryId: "123" },
    });
    const blank = request("GET", "/graphql");
    const sent = adapter.enforce(authority, blank, { decisionId: "dec_1", idempotencyKey: "k" });
    expect(JSON.parse(new TextDecoder().decode(sent.body))).toEqual({ ref: "refs/heads/main" });
  });

  test("protection of a branch is read as a branch of that name, and asked for as one", () => {
    const seen = adapter.actionOf(request("GET", "/repos/acme/app/branches/main/protection"));
    expect(seen.arguments).toEqual({ branch: "main/protection" });
    const authority = adapter.plan({
      system: "code",
      operation: seen.operation,
      resource: { repository: "acme/app" },
      arguments: { ...seen.arguments, repositoryId: "123" },
    });
    const blank = request("GET", "/graphql");
    const sent = adapter.enforce(authority, blank, { decisionId: "dec_1", idempotencyKey: "k" });
    expect(new URL(sent.url).pathname).toBe("/repos/acme/app/branches/main%2Fprotection");
  });
});
