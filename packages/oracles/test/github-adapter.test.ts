import type { Octokit } from "@octokit/core";
import { github } from "@watchword/adapter-github";
import type { SeenAction } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { capturingClient, documentedEndpoints } from "./github-oracle.ts";

const APP = { owner: "acme", repo: "app" } as const;
const SHA = "c".repeat(40);
const adapter = github({ appId: 7 });

type Call = (client: Octokit) => Promise<unknown>;

describe("the adapter reads what the stock Octokit writes", () => {
  test.for<{ name: string; call: Call; seen: Omit<SeenAction, "resource"> }>([
    {
      name: "a repository",
      call: (client) => client.request("GET /repos/{owner}/{repo}", APP),
      seen: { operation: "repositories.get", arguments: {} },
    },
    {
      name: "a file at the root",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/contents/{path}", {
          ...APP,
          path: "a.md",
          ref: "feature/x",
        }),
      seen: { operation: "contents.get", arguments: { path: "/a.md", branch: "feature/x" } },
    },
    {
      name: "a file in a folder, its slashes as they are",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/contents/{+path}", { ...APP, path: "docs/a.md" }),
      seen: { operation: "contents.get", arguments: { path: "/docs/a.md" } },
    },
    {
      name: "a file's new content",
      call: (client) =>
        client.request("PUT /repos/{owner}/{repo}/contents/{+path}", {
          ...APP,
          path: "docs/a.md",
          message: "m",
          content: "aGk=",
          branch: "main",
          sha: SHA,
        }),
      seen: {
        operation: "contents.put",
        arguments: { path: "/docs/a.md", message: "m", content: "aGk=", branch: "main", sha: SHA },
      },
    },
    {
      name: "a file's deletion",
      call: (client) =>
        client.request("DELETE /repos/{owner}/{repo}/contents/{path}", {
          ...APP,
          path: "a.md",
          message: "m",
          branch: "main",
          sha: SHA,
        }),
      seen: {
        operation: "contents.delete",
        arguments: { path: "/a.md", message: "m", branch: "main", sha: SHA },
      },
    },
    {
      name: "a branch",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/branches/{branch}", { ...APP, branch: "main" }),
      seen: { operation: "branches.get", arguments: { branch: "main" } },
    },
    {
      name: "a new branch",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/git/refs", { ...APP, ref: "refs/heads/a/b", sha: SHA }),
      seen: { operation: "branches.create", arguments: { branch: "a/b", sha: SHA } },
    },
    {
      name: "a branch's deletion, its slashes as they are",
      call: (client) =>
        client.request("DELETE /repos/{owner}/{repo}/git/refs/{+ref}", { ...APP, ref: "heads/a/b" }),
      seen: { operation: "branches.delete", arguments: { branch: "a/b" } },
    },
    {
      name: "pull requests",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/pulls", {
          ...APP,
          state: "all",
          base: "main",
          per_page: 5,
        }),
      seen: { operation: "pull_requests.list", arguments: { state: "all", base: "main", per_page: 5 } },
    },
    {
      name: "a pull request",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", { ...APP, pull_number: 7 }),
      seen: { operation: "pull_requests.get", arguments: { number: 7 } },
    },
    {
      name: "a new pull request",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/pulls", {
          ...APP,
          title: "t",
          head: "a/b",
          base: "main",
          draft: true,
        }),
      seen: {
        operation: "pull_requests.create",
        arguments: { title: "t", head: "a/b", base: "main", draft: true },
      },
    },
    {
      name: "a merge that says nothing",
      call: (client) =>
        client.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", { ...APP, pull_number: 7 }),
      seen: { operation: "pull_requests.merge", arguments: { number: 7 } },
    },
    {
      name: "a merge that says everything",
      call: (client) =>
        client.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
          ...APP,
          pull_number: 7,
          merge_method: "squash",
          commit_title: "t",
          commit_message: "m",
          sha: SHA,
        }),
      seen: {
        operation: "pull_requests.merge",
        arguments: { number: 7, method: "squash", title: "t", message: "m", sha: SHA },
      },
    },
    {
      name: "issues",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/issues", { ...APP, labels: "a,b c", page: 2 }),
      seen: { operation: "issues.list", arguments: { labels: ["a", "b c"], page: 2 } },
    },
    {
      name: "an issue",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/issues/{issue_number}", { ...APP, issue_number: 3 }),
      seen: { operation: "issues.get", arguments: { number: 3 } },
    },
    {
      name: "a new issue",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/issues", { ...APP, title: "ä 'b'", labels: ["a"] }),
      seen: { operation: "issues.create", arguments: { title: "ä 'b'", labels: ["a"] } },
    },
    {
      name: "an issue's end",
      call: (client) =>
        client.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
          ...APP,
          issue_number: 3,
          state: "closed",
          state_reason: "completed",
        }),
      seen: {
        operation: "issues.update",
        arguments: { number: 3, state: "closed", state_reason: "completed" },
      },
    },
    {
      name: "a comment",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
          ...APP,
          issue_number: 3,
          body: "b",
        }),
      seen: { operation: "issues.comment", arguments: { number: 3, body: "b" } },
    },
    {
      name: "checks",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
          ...APP,
          ref: SHA,
          check_name: "a / b",
          app_id: 15_368,
          filter: "all",
        }),
      seen: {
        operation: "checks.list",
        arguments: { commit: SHA, check_name: "a / b", app_id: 15_368, filter: "all" },
      },
    },
    {
      name: "a new check",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/check-runs", {
          ...APP,
          name: "review",
          head_sha: SHA,
          conclusion: "neutral",
          output: { title: "t", summary: "s" },
        }),
      seen: {
        operation: "checks.create",
        arguments: {
          name: "review",
          commit: SHA,
          conclusion: "neutral",
          output: { title: "t", summary: "s" },
        },
      },
    },
  ])("$name", async ({ call, seen }) => {
    const { client, requests } = capturingClient();
    await call(client);
    const resource = { repository: "acme/app" };
    expect(requests.map((request) => adapter.actionOf(request))).toEqual([{ ...seen, resource }]);
  });

  test("one hook makes the client's file routes keep their slashes", async () => {
    const { client, requests } = capturingClient();
    client.hook.before("request", (options) => {
      options.url = options.url.replace(/\{(path|ref)\}/, "{+$1}");
    });
    await client.request("GET /repos/{owner}/{repo}/contents/{path}", { ...APP, path: "docs/a.md" });
    expect(requests.map((request) => adapter.actionOf(request).arguments)).toEqual([{ path: "/docs/a.md" }]);
  });

  test("without it an encoded slash is no path: there is one spelling", async () => {
    const { client } = capturingClient();
    const call = client.request("GET /repos/{owner}/{repo}/contents/{path}", { ...APP, path: "docs/a.md" });
    await expect(call).rejects.toThrow(/target_refused/);
  });

  test.for<{ name: string; call: Call }>([
    { name: "GraphQL", call: (client) => client.graphql("query { viewer { login } }") },
    {
      name: "a review that is not submitted",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
          ...APP,
          pull_number: 7,
          body: "b",
        }),
    },
    {
      name: "another base for a pull request",
      call: (client) =>
        client.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
          ...APP,
          pull_number: 7,
          base: "main",
        }),
    },
    {
      name: "an update of the branch",
      call: (client) =>
        client.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/update-branch", {
          ...APP,
          pull_number: 7,
        }),
    },
    {
      name: "a collaborator",
      call: (client) =>
        client.request("PUT /repos/{owner}/{repo}/collaborators/{username}", { ...APP, username: "mallory" }),
    },
    {
      name: "a secret",
      call: (client) =>
        client.request("PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}", {
          ...APP,
          secret_name: "X",
          encrypted_value: "eA==",
          key_id: "1",
        }),
    },
    {
      name: "a merge of branches",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/merges", { ...APP, base: "main", head: "x" }),
    },
    {
      name: "a member that the catalogue does not have",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/issues", { ...APP, title: "t", milestone: 1 }),
    },
  ])("and refuses $name", async ({ call }) => {
    const { client, requests } = capturingClient();
    await call(client);
    expect(requests).toHaveLength(1);
    for (const request of requests) expect(() => adapter.actionOf(request)).toThrow(/request_mismatch/);
  });

  test("what the adapter itself sends is in GitHub's reference, for every operation", () => {
    const documented = documentedEndpoints();
    for (const entry of Object.values(adapter.catalogue.operations)) {
      const authority = adapter.plan({
        system: "code",
        operation: entry.name,
        resource: { repository: "acme/app" },
        arguments: {
          ...entry.example,
          repositoryId: "123",
          ...(entry.decided.includes("sha") ? { sha: SHA } : {}),
        },
      });
      const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
      const sent = adapter.enforce(authority, blank, { decisionId: "dec_1", idempotencyKey: "k" });
      const { pathname } = new URL(sent.url);
      const known = documented.filter(({ method, path }) => method === sent.method && path.test(pathname));
      expect(known, entry.name).not.toEqual([]);
    }
  });
});
