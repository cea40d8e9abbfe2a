import type { Octokit } from "@octokit/core";
import { github } from "@watchword/adapter-github";
import type { SeenAction } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { capturingClient } from "./github-oracle.ts";

const APP = { owner: "acme", repo: "app" } as const;
const SHA = "c".repeat(40);
const adapter = github({ appId: 7 });

describe("the adapter reads what the stock Octokit writes around a review", () => {
  test.for<{
    name: string;
    call: (client: Octokit) => Promise<unknown>;
    seen: Omit<SeenAction, "resource">;
  }>([
    {
      name: "what a pull request changes",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", {
          ...APP,
          pull_number: 7,
          page: 2,
        }),
      seen: { operation: "pull_requests.files", arguments: { number: 7, page: 2 } },
    },
    {
      name: "a pull request's end",
      call: (client) =>
        client.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
          ...APP,
          pull_number: 7,
          state: "closed",
        }),
      seen: { operation: "pull_requests.update", arguments: { number: 7, state: "closed" } },
    },
    {
      name: "a review with a remark",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
          ...APP,
          pull_number: 7,
          event: "REQUEST_CHANGES",
          body: "b",
          comments: [{ path: "docs/a.md", line: 3, side: "RIGHT", body: "r" }],
        }),
      seen: {
        operation: "pull_requests.review",
        arguments: {
          number: 7,
          event: "REQUEST_CHANGES",
          body: "b",
          comments: [{ path: "docs/a.md", line: 3, side: "RIGHT", body: "r" }],
        },
      },
    },
    {
      name: "commits of a branch",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/commits", { ...APP, sha: "a/b", per_page: 5 }),
      seen: { operation: "commits.list", arguments: { branch: "a/b", per_page: 5 } },
    },
    {
      name: "what a branch has that another has not",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/compare/{basehead}", { ...APP, basehead: "main...x" }),
      seen: { operation: "commits.compare", arguments: { base: "main", head: "x" } },
    },
    {
      name: "a release",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/releases", {
          ...APP,
          tag_name: "v1",
          name: "One",
          target_commitish: SHA,
        }),
      seen: { operation: "releases.create", arguments: { tag: "v1", title: "One", sha: SHA } },
    },
    {
      name: "a commit",
      call: (client) => client.request("GET /repos/{owner}/{repo}/commits/{ref}", { ...APP, ref: SHA }),
      seen: { operation: "commits.get", arguments: { commit: SHA } },
    },
    {
      name: "a commit's status",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/commits/{ref}/status", { ...APP, ref: SHA }),
      seen: { operation: "statuses.get", arguments: { commit: SHA } },
    },
    {
      name: "a new status",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
          ...APP,
          sha: SHA,
          context: "review",
          state: "success",
          target_url: "https://acme.example/1?a=b",
        }),
      seen: {
        operation: "statuses.create",
        arguments: {
          commit: SHA,
          context: "review",
          state: "success",
          target_url: "https://acme.example/1?a=b",
        },
      },
    },
    {
      name: "a workflow's start",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", {
          ...APP,
          workflow_id: "deploy.yml",
          ref: "main",
          inputs: { target: "staging" },
        }),
      seen: {
        operation: "workflows.dispatch",
        arguments: { workflow: "deploy.yml", branch: "main", inputs: { target: "staging" } },
      },
    },
    {
      name: "comments",
      call: (client) =>
        client.request("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
          ...APP,
          issue_number: 3,
        }),
      seen: { operation: "issues.comments", arguments: { number: 3 } },
    },
    {
      name: "a review's dismissal",
      call: (client) =>
        client.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals", {
          ...APP,
          pull_number: 7,
          review_id: 80,
          message: "m",
        }),
      seen: {
        operation: "pull_requests.dismiss_review",
        arguments: { number: 7, review: 80, message: "m" },
      },
    },
    {
      name: "what a release says of itself",
      call: (client) =>
        client.request("PATCH /repos/{owner}/{repo}/releases/{release_id}", {
          ...APP,
          release_id: 1,
          name: "One",
          prerelease: true,
        }),
      seen: { operation: "releases.update", arguments: { release: 1, title: "One", prerelease: true } },
    },
    {
      name: "a release's end",
      call: (client) =>
        client.request("DELETE /repos/{owner}/{repo}/releases/{release_id}", { ...APP, release_id: 1 }),
      seen: { operation: "releases.delete", arguments: { release: 1 } },
    },
    {
      name: "a search in its repository",
      call: (client) =>
        client.request("GET /search/issues", { q: "repo:acme/app is:issue missing page", per_page: 5 }),
      seen: { operation: "issues.search", arguments: { text: "missing page", per_page: 5 } },
    },
    {
      name: "one label less",
      call: (client) =>
        client.request("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", {
          ...APP,
          issue_number: 3,
          name: "bug",
        }),
      seen: { operation: "issues.unlabel", arguments: { number: 3, label: "bug" } },
    },
    {
      name: "one label more",
      call: (client) =>
        client.request("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", {
          ...APP,
          issue_number: 3,
          labels: ["a"],
        }),
      seen: { operation: "issues.label", arguments: { number: 3, labels: ["a"] } },
    },
  ])("$name", async ({ call, seen }) => {
    const { client, requests } = capturingClient();
    await call(client);
    const resource = { repository: "acme/app" };
    expect(requests.map((request) => adapter.actionOf(request))).toEqual([{ ...seen, resource }]);
  });
});
