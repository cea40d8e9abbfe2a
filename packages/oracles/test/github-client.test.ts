import type { Octokit } from "@octokit/core";
import { describe, expect, test } from "vitest";
import { FEATURE, MAIN, appToken, client, documentedEndpoints, startTwin } from "./github-oracle.ts";

const APP = { owner: "acme", repo: "app" } as const;
const encode = (text: string): string => Buffer.from(text).toString("base64");

async function mint(url: string, permissions?: Record<string, "read" | "write">, ids: number[] = [123]) {
  const { data } = await client(url, appToken()).request(
    "POST /app/installations/{installation_id}/access_tokens",
    {
      installation_id: 42,
      ...(permissions === undefined ? {} : { repository_ids: ids, permissions }),
    },
  );
  return data;
}

/** Status and message of the client's own error. */
async function failureOf(attempt: Promise<unknown>): Promise<readonly [status: unknown, message: string]> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Error && "status" in error)
      return [error.status, error.message.replace(/ - https:.*$/s, "")];
    throw error;
  }
  throw new Error("was not refused");
}

describe("the stock client mints at the twin", () => {
  test("a token of one repository and the permissions it names", async () => {
    await using twin = await startTwin();
    const minted = await mint(twin.url, { issues: "write" });
    expect(minted).toMatchObject({
      permissions: { issues: "write", metadata: "read" },
      repository_selection: "selected",
      repositories: [{ id: 123, full_name: "acme/app", owner: { login: "acme" } }],
    });
    expect(Date.parse(minted.expires_at) - Date.now()).toBeGreaterThan(3_500_000);
  });

  test("everything that the installation has, when it names nothing", async () => {
    await using twin = await startTwin();
    expect(await mint(twin.url)).toMatchObject({
      repository_selection: "all",
      permissions: { contents: "write", issues: "write", pull_requests: "write" },
    });
    expect(twin.tokens()).toMatchObject([{ repositories: [123, 124] }]);
  });

  test("nothing beyond the installation, and nothing with a bad App token", async () => {
    await using twin = await startTwin();
    expect(await failureOf(mint(twin.url, { administration: "write" }))).toEqual([
      422,
      "The permissions requested are not granted to this installation.",
    ]);
    expect(await failureOf(mint(twin.url, { issues: "read" }, [999]))).toEqual([
      422,
      expect.stringMatching(/does not exist or is not accessible/),
    ]);
    const ask = (token: string, id: number) =>
      client(twin.url, token).request("GET /app/installations/{installation_id}", { installation_id: id });
    expect(await failureOf(ask(appToken(3_600), 42))).toEqual([
      401,
      "'Expiration time' claim ('exp') is too far in the future",
    ]);
    expect(await failureOf(ask(appToken(-1), 42))).toEqual([
      401,
      expect.stringMatching(/must be a numeric value/),
    ]);
    expect(await failureOf(ask("x.y.z", 42))).toEqual([401, "A JSON web token could not be decoded"]);
    expect(await failureOf(ask(appToken(), 4711))).toEqual([404, "Not Found"]);
    expect(twin.tokens()).toEqual([]);
  });

  test("a token that it ends is dead at once", async () => {
    await using twin = await startTwin();
    const { token } = await mint(twin.url, { issues: "write" });
    const octokit = client(twin.url, token);
    await octokit.request("DELETE /installation/token");
    expect(await failureOf(octokit.request("GET /repos/{owner}/{repo}", APP))).toEqual([
      401,
      "Bad credentials",
    ]);
  });
});

describe("the stock client works on the twin", () => {
  test("every route of the twin is one of GitHub's reference", async () => {
    await using twin = await startTwin();
    const app = client(twin.url, appToken());
    await app.request("GET /app");
    await app.request("GET /app/installations/{installation_id}", { installation_id: 42 });
    await app.request("GET /repos/{owner}/{repo}/installation", APP);
    await useEverything(client(twin.url, (await mint(twin.url)).token));
    const documented = documentedEndpoints();
    expect(documented.length).toBeGreaterThan(500);
    const unknown = twin.requests.filter(
      (request) =>
        !documented.some(({ method, path }) => method === request.method && path.test(request.path)),
    );
    expect(unknown).toEqual([]);
    expect(twin.requests.filter((request) => request.status >= 400)).toEqual([]);
    expect(twin.requests.filter((request) => request.kind === "effect")).toHaveLength(11);
  });

  test("and is refused as GitHub refuses", async () => {
    await using twin = await startTwin();
    const octokit = client(twin.url, (await mint(twin.url, { contents: "write" })).token);
    const file = { ...APP, path: "docs/a.md", message: "m", content: encode("x"), branch: "main" };
    const put = (more: object) =>
      octokit.request("PUT /repos/{owner}/{repo}/contents/{path}", { ...file, ...more });
    expect(await failureOf(put({}))).toEqual([422, `Invalid request.\n\n"sha" wasn't supplied.`]);
    expect(await failureOf(put({ sha: MAIN }))).toEqual([409, `docs/a.md does not match ${MAIN}`]);
    expect(await failureOf(put({ path: ".github/workflows/x.yml" }))).toEqual([
      403,
      "Resource not accessible by integration",
    ]);
    const issue = octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}", {
      ...APP,
      issue_number: 3,
    });
    expect(await failureOf(issue)).toEqual([403, "Resource not accessible by integration"]);
    const other = octokit.request("GET /repos/{owner}/{repo}", { owner: "acme", repo: "other" });
    expect(await failureOf(other)).toEqual([404, "Not Found"]);
    const merge = (sha: string) =>
      octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", { ...APP, pull_number: 7, sha });
    expect(await failureOf(merge(MAIN))).toEqual([
      409,
      "Head branch was modified. Review and try the merge again.",
    ]);
    expect((await merge(FEATURE)).data.merged).toBe(true);
    expect(await failureOf(merge(FEATURE))).toEqual([405, "Pull Request is not mergeable"]);
  });
});

/** One call of everything that the twin knows of a repository. */
async function useEverything(octokit: Octokit): Promise<void> {
  const at = { ...APP, branch: "main", message: "m" };
  await octokit.request("GET /repos/{owner}/{repo}", APP);
  const { data: file } = await octokit.request("GET /repos/{owner}/{repo}/contents/{path}", {
    ...APP,
    path: "docs/a.md",
    ref: "main",
  });
  expect(file).toMatchObject({ encoding: "base64", content: encode("hello\n") });
  const sha = "sha" in file ? file.sha : "";
  await octokit.request("PUT /repos/{owner}/{repo}/contents/{path}", {
    ...at,
    path: "docs/a.md",
    content: encode("x"),
    sha,
  });
  const { data: made } = await octokit.request("PUT /repos/{owner}/{repo}/contents/{path}", {
    ...at,
    path: "b.md",
    content: encode("b"),
  });
  await octokit.request("DELETE /repos/{owner}/{repo}/contents/{path}", {
    ...at,
    path: "b.md",
    sha: made.content?.sha ?? "",
  });
  await octokit.request("GET /repos/{owner}/{repo}/branches/{branch}", { ...APP, branch: "main" });
  await octokit.request("POST /repos/{owner}/{repo}/git/refs", {
    ...APP,
    ref: "refs/heads/a/b",
    sha: FEATURE,
  });
  await octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", { ...APP, ref: "heads/a/b" });
  await octokit.request("DELETE /repos/{owner}/{repo}/git/refs/{ref}", { ...APP, ref: "heads/a/b" });
  await octokit.request("GET /repos/{owner}/{repo}/pulls", { ...APP, state: "open" });
  await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", { ...APP, pull_number: 7 });
  await octokit.request("POST /repos/{owner}/{repo}/pulls", {
    ...APP,
    title: "t",
    head: "feature",
    base: "main",
  });
  await octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", { ...APP, pull_number: 7 });
  await octokit.request("GET /repos/{owner}/{repo}/issues", { ...APP, labels: "bug" });
  await octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}", { ...APP, issue_number: 3 });
  await octokit.request("POST /repos/{owner}/{repo}/issues", { ...APP, title: "t", labels: ["bug"] });
  await octokit.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...APP,
    issue_number: 3,
    state: "closed",
  });
  await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    ...APP,
    issue_number: 3,
    body: "b",
  });
  await octokit.request("POST /repos/{owner}/{repo}/check-runs", {
    ...APP,
    name: "review",
    head_sha: FEATURE,
  });
  const { data: checks } = await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
    ...APP,
    ref: FEATURE,
    check_name: "evals",
    app_id: 15_368,
  });
  expect(checks.check_runs.map((check) => check.id)).toEqual([700]);
  const { data: runs } = await octokit.request("GET /repos/{owner}/{repo}/actions/runs", {
    ...APP,
    check_suite_id: 800,
  });
  expect(runs.workflow_runs.map((run) => [run.id, run.path])).toEqual([[900, ".github/workflows/evals.yml"]]);
  await octokit.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}", { ...APP, run_id: 900 });
  const { data: jobs } = await octokit.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs", {
    ...APP,
    run_id: 900,
  });
  expect(jobs.jobs.map((job) => job.id)).toEqual([700]);
}
