import { describe, expect, test } from "vitest";
import { FEATURE, MAIN, ask, mint, startWorld } from "./github-world.ts";

const APP = "/repos/acme/app";
const ALL = {
  actions: "write",
  contents: "write",
  issues: "write",
  pull_requests: "write",
  statuses: "write",
};
const DISPATCH = "/actions/workflows/deploy.yml/dispatches";
const REMARK = { line: 1, body: "x" };

describe("without the permission", () => {
  test.for<{ name: string; method: string; path: string; body?: object; held: object }>([
    {
      name: "a review",
      method: "POST",
      path: "/pulls/7/reviews",
      body: { event: "APPROVE" },
      held: { pull_requests: "read", contents: "write" },
    },
    {
      name: "a pull request's update",
      method: "PATCH",
      path: "/pulls/7",
      body: { state: "closed" },
      held: { issues: "write", contents: "write" },
    },
    { name: "a pull request's files", method: "GET", path: "/pulls/7/files", held: { contents: "write" } },
    {
      name: "a pull request's label",
      method: "POST",
      path: "/issues/7/labels",
      body: { labels: ["x"] },
      held: { issues: "write" },
    },
    {
      name: "a pull request's comments",
      method: "GET",
      path: "/issues/7/comments",
      held: { issues: "write" },
    },
    {
      name: "a release",
      method: "POST",
      path: "/releases",
      body: { tag_name: "v1" },
      held: { contents: "read", pull_requests: "write" },
    },
    { name: "commits", method: "GET", path: "/commits", held: { statuses: "write" } },
    {
      name: "a status",
      method: "POST",
      path: `/statuses/${FEATURE}`,
      body: { state: "success" },
      held: { statuses: "read", contents: "write" },
    },
    {
      name: "a workflow's start",
      method: "POST",
      path: DISPATCH,
      body: { ref: "main" },
      held: { actions: "read", contents: "write" },
    },
  ])("$name is not for an integration", async ({ method, path, body, held }) => {
    await using world = await startWorld();
    const token = await mint(world.twin, held);
    const options = body === undefined ? { token } : { token, body };
    const answer = await ask(world.twin, method, `${APP}${path}`, options);
    expect([answer.status, answer.body["message"]]).toEqual([403, "Resource not accessible by integration"]);
    expect(world.twin.requests.filter((request) => request.kind === "effect")).toEqual([]);
  });
});

describe("writes that GitHub refuses", () => {
  test.for<{ name: string; method?: string; path: string; body: object; status: number; message: RegExp }>([
    {
      name: "a review of another commit",
      path: "/pulls/7/reviews",
      body: { event: "APPROVE", commit_id: MAIN },
      status: 422,
      message: /^Validation Failed$/,
    },
    {
      name: "a review without a word",
      path: "/pulls/7/reviews",
      body: { event: "COMMENT" },
      status: 422,
      message: /^Unprocessable Entity$/,
    },
    {
      name: "a remark on a file that does not change",
      path: "/pulls/7/reviews",
      body: { event: "COMMENT", body: "b", comments: [{ path: "docs/a.md", ...REMARK }] },
      status: 422,
      message: /^Unprocessable Entity$/,
    },
    {
      name: "a review of nothing",
      path: "/pulls/3/reviews",
      body: { event: "APPROVE" },
      status: 404,
      message: /^Not Found$/,
    },
    {
      name: "a pull request's update to no state",
      method: "PATCH",
      path: "/pulls/7",
      body: { state: "merged" },
      status: 422,
      message: /^Validation Failed$/,
    },
    {
      name: "a status of nothing",
      path: `/statuses/${"0".repeat(40)}`,
      body: { state: "success" },
      status: 422,
      message: /^No commit found for SHA: 0/,
    },
    {
      name: "a status that says nothing",
      path: `/statuses/${MAIN}`,
      body: { state: "green" },
      status: 422,
      message: /^Validation Failed$/,
    },
    {
      name: "a release of nothing",
      path: "/releases",
      body: { tag_name: "v1", target_commitish: "nowhere" },
      status: 422,
      message: /^Validation Failed$/,
    },
    {
      name: "a workflow that is not there",
      path: DISPATCH.replace("deploy", "none"),
      body: { ref: "main" },
      status: 404,
      message: /^Not Found$/,
    },
    {
      name: "a workflow on no branch",
      path: DISPATCH,
      body: { ref: "refs/heads/nowhere" },
      status: 422,
      message: /^No ref found for: refs\/heads\/nowhere$/,
    },
    {
      name: "a workflow that is not started by hand",
      path: DISPATCH.replace("deploy", "test"),
      body: { ref: "main" },
      status: 422,
      message: /^Workflow does not have 'workflow_dispatch' trigger$/,
    },
    {
      name: "an input that the workflow does not have",
      path: DISPATCH,
      body: { ref: "main", inputs: { target: "x", command: "y" } },
      status: 422,
      message: /^Unexpected inputs provided: \["command"\]$/,
    },
  ])("$name: $status, and nothing changed", async ({ method = "POST", path, body, status, message }) => {
    await using world = await startWorld();
    const token = await mint(world.twin, ALL);
    const answer = await ask(world.twin, method, `${APP}${path}`, { token, body });
    expect(answer).toMatchObject({ status, body: { status: String(status) } });
    expect(answer.body["message"]).toMatch(message);
    expect(world.twin.requests.at(-1)).toMatchObject({ kind: "refused", status });
  });

  test("an App neither approves nor refuses what it offers itself, and may still comment on it", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, ALL);
    const body = { title: "t", head: "feature", base: "main" };
    const opened = await ask(world.twin, "POST", `${APP}/pulls`, { token, body });
    const path = `${APP}/pulls/${String(opened.body["number"])}/reviews`;
    const review = async (event: string) =>
      (await ask(world.twin, "POST", path, { token, body: { event, body: "b" } })).status;
    expect([await review("APPROVE"), await review("REQUEST_CHANGES"), await review("COMMENT")]).toEqual([
      422, 422, 200,
    ]);
  });
});

describe("what GitHub lets happen", () => {
  test("a reviewer's yes is of one commit, and shown with it", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, ALL);
    const body = { event: "APPROVE", comments: [{ path: "b.md", ...REMARK }] };
    await ask(world.twin, "POST", `${APP}/pulls/7/reviews`, { token, body });
    const shown = await ask(world.twin, "GET", `${APP}/pulls/7/reviews`, { token });
    expect(shown.body).toMatchObject([{ state: "APPROVED", commit_id: FEATURE }]);
    expect((await ask(world.twin, "GET", `${APP}/pulls/7/files`, { token })).body).toMatchObject([
      { filename: "b.md", status: "added" },
    ]);
  });

  test("a status of any name makes a commit green, whoever gives it", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, ALL);
    const path = `${APP}/commits/${FEATURE}/status`;
    expect((await ask(world.twin, "GET", path, { token })).body).toMatchObject({
      state: "pending",
      total_count: 0,
    });
    for (const state of ["failure", "success"])
      await ask(world.twin, "POST", `${APP}/statuses/${FEATURE}`, {
        token,
        body: { context: "evals", state },
      });
    expect((await ask(world.twin, "GET", path, { token })).body).toMatchObject({
      state: "success",
      total_count: 1,
    });
  });

  test("a workflow runs the text of the branch that its starter names", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, ALL);
    const body = { ref: "refs/heads/feature", inputs: { target: "x" } };
    expect((await ask(world.twin, "POST", `${APP}${DISPATCH}`, { token, body })).status).toBe(204);
    expect((await ask(world.twin, "GET", `${APP}/actions/runs`, { token })).body).toMatchObject({
      workflow_runs: [{ event: "workflow_dispatch", head_branch: "feature", head_sha: FEATURE }],
    });
    expect(world.twin.requests.filter((request) => request.kind === "effect")).toHaveLength(1);
  });

  test("a release makes its tag once: one that is there stays where it stands", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, ALL);
    const release = (target_commitish: string) =>
      ask(world.twin, "POST", `${APP}/releases`, { token, body: { tag_name: "v1", target_commitish } });
    expect((await release(MAIN)).status).toBe(201);
    expect((await release(FEATURE)).body).toMatchObject({ errors: [{ code: "already_exists" }] });
    expect((await ask(world.twin, "GET", `${APP}/git/ref/tags/v1`, { token })).body).toMatchObject({
      object: { sha: MAIN },
    });
    expect((await ask(world.twin, "GET", `${APP}/releases`, { token })).body).toMatchObject([
      { tag_name: "v1" },
    ]);
  });

  test("labels are added to those that are there; commits are shown newest first", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, ALL);
    for (const label of ["a", "b", "a"])
      await ask(world.twin, "POST", `${APP}/issues/3/labels`, { token, body: { labels: [label] } });
    expect(world.twin.issue("acme/app", 3)?.labels).toEqual(["a", "b"]);
    await ask(world.twin, "POST", `${APP}/issues/3/comments`, { token, body: { body: "first" } });
    expect((await ask(world.twin, "GET", `${APP}/issues/3/comments`, { token })).body).toMatchObject([
      { body: "first" },
    ]);
    const head = world.twin.push("acme/app", "main", { "c.md": "c\n" });
    expect(await ask(world.twin, "GET", `${APP}/compare/feature...main`, { token })).toMatchObject({
      status: 200,
      body: {
        ahead_by: 2,
        files: [
          { filename: "b.md", status: "removed" },
          { filename: "c.md", status: "added" },
        ],
      },
    });
    expect((await ask(world.twin, "GET", `${APP}/compare/main...nowhere`, { token })).status).toBe(404);
    expect((await ask(world.twin, "GET", `${APP}/commits?sha=main`, { token })).body).toMatchObject([
      { sha: head, parents: [{ sha: MAIN }] },
      { sha: MAIN },
    ]);
  });
});
