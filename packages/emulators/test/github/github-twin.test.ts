import { rateLimitSeconds } from "@watchword/core";
import { ACTIONS_APP_ID } from "@watchword/emulators/github";
import { describe, expect, test } from "vitest";
import { FEATURE, MAIN, START, appToken, ask, mint, startWorld } from "./github-world.ts";

const MINT = "/app/installations/42/access_tokens";
const APP = "/repos/acme/app";
const NOT_FOUND = { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" };

describe("an App's token", () => {
  test.for<{ name: string; token: string }>([
    { name: "that is none", token: "x.y.z" },
    { name: "of an App that is not there", token: appToken({ iss: "99" }) },
    { name: "signed by another key", token: appToken({}, { key: "stranger" }) },
    { name: "signed with the public key as a password", token: appToken({}, { alg: "HS256" }) },
    { name: "that names no algorithm", token: appToken({}, { alg: "none" }) },
    { name: "from the future", token: appToken({ iat: START + 600 }) },
    { name: "that is over", token: appToken({ exp: START }) },
    { name: "that lives for more than ten minutes", token: appToken({ exp: START + 601 }) },
    { name: "without an end", token: appToken({ exp: undefined }) },
  ])("$name opens nothing", async ({ token }) => {
    await using world = await startWorld();
    const answer = await ask(world.twin, "POST", MINT, { token, body: {} });
    expect(answer).toMatchObject({ status: 401, body: { status: "401" } });
    expect(world.twin.tokens()).toEqual([]);
    expect(world.twin.requests).toMatchObject([{ kind: "refused", status: 401 }]);
  });

  test("does not open another App's installation", async () => {
    await using world = await startWorld();
    const path = "/app/installations/43/access_tokens";
    expect(await ask(world.twin, "POST", path, { token: appToken(), body: {} })).toEqual({
      status: 404,
      body: NOT_FOUND,
    });
    expect(await ask(world.twin, "GET", "/repos/globex/app/installation", { token: appToken() })).toEqual({
      status: 404,
      body: NOT_FOUND,
    });
  });
});

describe("a mint", () => {
  test.for<{ name: string; body: object; message: RegExp }>([
    {
      name: "a permission",
      body: { permissions: { administration: "read" } },
      message: /^The permissions requested/,
    },
    { name: "a level", body: { permissions: { contents: "admin" } }, message: /^The permissions requested/ },
    {
      name: "a level that is none",
      body: { permissions: { contents: "all" } },
      message: /^The permissions requested/,
    },
    { name: "a repository", body: { repository_ids: [124] }, message: /at least one repository/ },
    { name: "a repository by name", body: { repositories: ["other"] }, message: /at least one repository/ },
    {
      name: "another owner's repository",
      body: { repository_ids: [123, 223] },
      message: /at least one repository/,
    },
  ])("of $name beyond the installation gives nothing", async ({ body, message }) => {
    await using world = await startWorld();
    const answer = await ask(world.twin, "POST", MINT, { token: appToken(), body });
    expect(answer.status).toBe(422);
    expect(answer.body["message"]).toMatch(message);
    expect(world.twin.tokens()).toEqual([]);
  });

  test("without a body gives everything, as GitHub does", async () => {
    await using world = await startWorld();
    const answer = await ask(world.twin, "POST", MINT, { token: appToken() });
    expect(answer.body).toMatchObject({ permissions: { contents: "write", issues: "write" } });
    expect(world.twin.tokens()).toMatchObject([{ repositories: [123], installation: 42 }]);
  });

  test("is a look-up when the adapter says so, and an effect is one whoever says what", async () => {
    await using world = await startWorld();
    const userAgent = "watchword-resolve x";
    const { body } = await ask(world.twin, "POST", MINT, { token: appToken(), userAgent, body: {} });
    const token = String(body["token"]);
    await ask(world.twin, "POST", `${APP}/issues`, { token, userAgent, body: { title: "t" } });
    await ask(world.twin, "DELETE", "/installation/token", { token, userAgent });
    expect(world.twin.requests.map((request) => request.kind)).toEqual(["resolve", "effect", "resolve"]);
  });
});

describe("an installation token", () => {
  test("lives an hour, and is dead once it is ended", async () => {
    await using world = await startWorld();
    const [first, second] = [await mint(world.twin, { issues: "read" }), await mint(world.twin, {})];
    expect((await ask(world.twin, "DELETE", "/installation/token", { token: second })).status).toBe(204);
    expect((await ask(world.twin, "GET", APP, { token: second })).body["message"]).toBe("Bad credentials");
    world.pass(3_599);
    expect((await ask(world.twin, "GET", APP, { token: first })).status).toBe(200);
    world.pass(1);
    expect((await ask(world.twin, "GET", APP, { token: first })).status).toBe(401);
    expect(world.twin.requests.map((request) => request.kind)).toContain("revoke");
  });

  test.for([APP.replace("app", "other"), "/repos/globex/app", "/repos/acme/nowhere", "/user", "/graphql"])(
    "sees nothing at %s, whether it is there or not",
    async (path) => {
      await using world = await startWorld();
      const token = await mint(world.twin, { contents: "write" });
      expect(await ask(world.twin, "GET", path, { token })).toEqual({ status: 404, body: NOT_FOUND });
    },
  );

  test.for<{ name: string; method: string; path: string; body?: object; held: object }>([
    { name: "read a file", method: "GET", path: "/contents/docs/a.md", held: { issues: "write" } },
    {
      name: "write a file",
      method: "PUT",
      path: "/contents/new.md",
      body: { message: "m", content: "" },
      held: { contents: "read" },
    },
    {
      name: "write a workflow",
      method: "PUT",
      path: "/contents/.github/workflows/x.yml",
      body: { message: "m", content: "" },
      held: { contents: "write" },
    },
    {
      name: "merge",
      method: "PUT",
      path: "/pulls/7/merge",
      held: { pull_requests: "write", contents: "read" },
    },
    { name: "read a pull request", method: "GET", path: "/pulls/7", held: { contents: "write" } },
    {
      name: "comment on an issue",
      method: "POST",
      path: "/issues/3/comments",
      body: { body: "b" },
      held: { pull_requests: "write" },
    },
    {
      name: "close a pull request as an issue",
      method: "PATCH",
      path: "/issues/7",
      body: { state: "closed" },
      held: { issues: "write" },
    },
    {
      name: "post a check",
      method: "POST",
      path: "/check-runs",
      body: { name: "evals", head_sha: FEATURE },
      held: { checks: "read" },
    },
    { name: "read workflow runs", method: "GET", path: "/actions/runs", held: { checks: "write" } },
  ])("without the permission cannot $name", async ({ method, path, body, held }) => {
    await using world = await startWorld();
    const token = await mint(world.twin, held);
    const answer = await ask(
      world.twin,
      method,
      `${APP}${path}`,
      body === undefined ? { token } : { token, body },
    );
    expect([answer.status, answer.body["message"]]).toEqual([403, "Resource not accessible by integration"]);
    expect(world.twin.requests.filter((request) => request.kind === "effect")).toEqual([]);
  });
});

describe("writes that GitHub refuses", () => {
  test.for<{ name: string; method: string; path: string; body: object; status: number }>([
    {
      name: "a merge of another head",
      method: "PUT",
      path: "/pulls/7/merge",
      body: { sha: MAIN },
      status: 409,
    },
    { name: "a draft's merge", method: "PUT", path: "/pulls/8/merge", body: {}, status: 405 },
    { name: "a conflict's merge", method: "PUT", path: "/pulls/9/merge", body: {}, status: 405 },
    {
      name: "replacing a file unread",
      method: "PUT",
      path: "/contents/docs/a.md",
      body: { message: "m", content: "" },
      status: 422,
    },
    {
      name: "replacing another version of a file",
      method: "PUT",
      path: "/contents/docs/a.md",
      body: { message: "m", content: "", sha: MAIN },
      status: 409,
    },
    {
      name: "a path out of the tree",
      method: "PUT",
      path: "/contents/docs%2F..%2F..%2Fa.md",
      body: { message: "m", content: "" },
      status: 422,
    },
    {
      name: "a branch that is there",
      method: "POST",
      path: "/git/refs",
      body: { ref: "refs/heads/main", sha: MAIN },
      status: 422,
    },
    {
      name: "a branch at nothing",
      method: "POST",
      path: "/git/refs",
      body: { ref: "refs/heads/x", sha: "0".repeat(40) },
      status: 422,
    },
    {
      name: "the default branch's end",
      method: "DELETE",
      path: "/git/refs/heads/main",
      body: {},
      status: 422,
    },
    {
      name: "a protected branch's end",
      method: "DELETE",
      path: "/git/refs/heads/kept",
      body: {},
      status: 422,
    },
    {
      name: "a pull request of nothing",
      method: "POST",
      path: "/pulls",
      body: { title: "t", head: "x", base: "main" },
      status: 422,
    },
    { name: "an issue without a title", method: "POST", path: "/issues", body: {}, status: 422 },
    {
      name: "a finished check that says not how",
      method: "POST",
      path: "/check-runs",
      body: { name: "x", head_sha: MAIN, status: "completed" },
      status: 422,
    },
  ])("$name: $status, and nothing changed", async ({ method, path, body, status }) => {
    await using world = await startWorld();
    const token = await mint(world.twin, {
      contents: "write",
      pull_requests: "write",
      issues: "write",
      checks: "write",
    });
    const answer = await ask(world.twin, method, `${APP}${path}`, { token, body });
    expect(answer).toMatchObject({ status, body: { status: String(status) } });
    expect(world.twin.requests.at(-1)).toMatchObject({ kind: "refused", status });
    expect(world.twin.head("acme/app", "main")).toBe(MAIN);
  });

  test("a merge is one commit on the base, and one only", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, { contents: "write" });
    const merge = () => ask(world.twin, "PUT", `${APP}/pulls/7/merge`, { token, body: { sha: FEATURE } });
    const { status, body } = await merge();
    expect([status, body["sha"]]).toEqual([200, world.twin.head("acme/app", "main")]);
    expect(world.twin.file("acme/app", "main", "b.md")).toBe("b\n");
    expect((await merge()).status).toBe(405);
    expect(world.twin.pull("acme/app", 7)).toMatchObject({ merged: true, state: "closed" });
  });
});

describe("what GitHub lets happen, and evidence must not believe", () => {
  test("a job of any workflow posts a green check of any name, into a suite of the genuine workflow", async () => {
    await using world = await startWorld();
    const { twin } = world;
    const run = twin.startRun("acme/app", {
      path: ".github/workflows/evals.yml",
      event: "push",
      headSha: FEATURE,
      headBranch: "feature",
      jobs: [{ name: "evals" }],
    });
    const token = twin.jobToken("acme/app", { checks: "write", actions: "read" });
    const body = { name: "evals", head_sha: FEATURE, conclusion: "success" };
    const forged = await ask(twin, "POST", `${APP}/check-runs`, { token, body });
    expect(forged.body).toMatchObject({ app: { id: ACTIONS_APP_ID }, check_suite: { id: run.suiteId } });
    const jobs = await ask(twin, "GET", `${APP}/actions/runs/${run.id}/jobs`, { token });
    expect(jobs.body["jobs"]).toMatchObject([{ name: "evals", status: "in_progress" }]);
    expect(jobs.body["total_count"]).toBe(1);
  });
});

describe("failing", () => {
  test.for(["500-after-effect", "drop-after-effect"] as const)(
    "%s: done, and nobody is told",
    async (mode) => {
      await using world = await startWorld();
      const token = await mint(world.twin, { issues: "write" });
      world.twin.fail(mode);
      const answer = await ask(world.twin, "POST", `${APP}/issues`, { token, body: { title: "t" } }).catch(
        () => undefined,
      );
      expect(answer?.status).toBe(mode === "500-after-effect" ? 500 : undefined);
      expect(world.twin.issue("acme/app", 10)?.title).toBe("t");
      expect(world.twin.requests.at(-1)).toMatchObject({ kind: "effect" });
      expect((await ask(world.twin, "GET", APP, { token })).status).toBe(200);
    },
  );

  test("429: too much, nothing done, and when its window begins anew", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, { issues: "write" });
    world.twin.fail("429");
    const { status, headers } = await fetch(`${world.twin.url}${APP}/issues`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: '{"title":"t"}',
    });
    const header = (name: string) => headers.get(name);
    expect(rateLimitSeconds({ status, header }, START * 1_000)).toBe(900);
    expect(world.twin.issue("acme/app", 10)).toBeUndefined();
  });

  test("the log and what is shown of tokens hold no token", async () => {
    await using world = await startWorld();
    const token = await mint(world.twin, { issues: "write" });
    await ask(world.twin, "GET", APP, { token });
    await ask(world.twin, "GET", APP, { token: `${token}x` });
    expect(JSON.stringify([world.twin.requests, world.twin.tokens()])).not.toContain(token);
  });
});
