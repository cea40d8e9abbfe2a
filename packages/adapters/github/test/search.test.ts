import { github } from "@watchword/adapter-github";
import { Refusal, type SeenAction, canonicalRequest, newAction, systemClock } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { githubFixture } from "./github-fixture.ts";

const adapter = github({ appId: 7 });
const resource = { repository: "acme/app" };

function read(target: string): SeenAction | string {
  const request = canonicalRequest({ method: "GET", target, headers: [], body: new Uint8Array() });
  try {
    return adapter.actionOf(request);
  } catch (error) {
    return Refusal.is(error) ? error.reason : "another error";
  }
}

const q = (text: string, path = "issues", more = ""): string =>
  `/search/${path}?q=${encodeURIComponent(text)}${more}`;

describe("a search", () => {
  test.for<{ name: string; target: string; seen: Omit<SeenAction, "resource"> }>([
    {
      name: "of issues",
      target: q("repo:acme/app is:issue missing page", "issues", "&per_page=5"),
      seen: { operation: "issues.search", arguments: { text: "missing page", per_page: 5 } },
    },
    {
      name: "of pull requests",
      target: q("repo:acme/app is:pr größe_1.2"),
      seen: { operation: "pull_requests.search", arguments: { text: "größe_1.2" } },
    },
    {
      name: "of code",
      target: q("repo:acme/app mint", "code"),
      seen: { operation: "contents.search", arguments: { text: "mint" } },
    },
  ])("$name is read within its one repository", ({ target, seen }) => {
    expect(read(target)).toEqual({ ...seen, resource });
  });

  test.for<[name: string, target: string]>([
    ["without a repository", q("missing page")],
    ["with its repository behind the words", q("page repo:acme/app is:issue")],
    ["of two repositories", q("repo:acme/app is:issue page repo:globex/app")],
    ["of an owner", q("user:acme is:issue page")],
    ["of everything", q("repo:acme/app page")],
    ["of another place by an operator", q("repo:acme/app is:issue page OR secret")],
    ["of another place by an operator in small letters", q("repo:acme/app is:issue page or secret")],
    ["of what is not", q("repo:acme/app is:issue NOT page")],
    ["without a word", q("repo:acme/app is:issue -page")],
    ["with brackets", q("repo:acme/app is:issue (page)")],
    ["of a phrase", q('repo:acme/app is:issue "a page"')],
    ["with another qualifier", q("repo:acme/app is:issue author:octocat")],
    ["with a qualifier of code", q("repo:acme/app path:/.github mint", "code")],
    ["with two spaces", q("repo:acme/app is:issue a  page")],
    ["of nothing", q("repo:acme/app is:issue ")],
    ["given twice", `${q("repo:acme/app is:issue page")}&q=secret`],
    ["in an order of its own", q("repo:acme/app is:issue page", "issues", "&sort=created")],
    ["of commits", q("repo:acme/app page", "commits")],
    ["of people", q("acme", "users")],
  ])("%s is refused", ([, target]) => {
    expect(read(target)).toBe("request_mismatch");
  });

  test("with more than words is no action to begin with", async () => {
    await using fixture = await githubFixture();
    for (const text of ["page OR secret", "repo:globex/app page", "a  b", "-page", "(page)", ""]) {
      const action = newAction({ system: "code", operation: "issues.search", resource, arguments: { text } });
      expect(
        () => fixture.adapter.plan({ ...action, arguments: { ...action.arguments, repositoryId: "123" } }),
        text,
      ).toThrow(expect.objectContaining({ reason: "request_malformed" }));
    }
    expect(fixture.twin.requests).toEqual([]);
  });

  test("finds what is there, by a token for the one repository that may only read", async () => {
    await using fixture = await githubFixture();
    const context = {
      connection: fixture.own,
      fetch,
      clock: systemClock,
      signal: AbortSignal.timeout(5_000),
    };
    const found = async (operation: string, text: string): Promise<unknown> => {
      const action = newAction({ system: "code", operation, resource, arguments: { text } });
      const facts = await fixture.adapter.resolve(action, context);
      const completed = fixture.adapter.complete(action, facts, fixture.own.account);
      const authority = fixture.adapter.plan({ ...action, ...completed });
      const { credential } = await fixture.adapter.mint(authority, context);
      const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
      const built = fixture.adapter.enforce(authority, blank, { decisionId: "dec_1", idempotencyKey: "k" });
      const { url, headers } = fixture.adapter.inject(built, credential);
      const answer = (await (await fetch(url, { headers })).json()) as { total_count: number };
      return answer.total_count;
    };
    expect([
      await found("issues.search", "page missing"),
      await found("issues.search", "nowhere"),
      await found("pull_requests.search", "pull"),
      await found("contents.search", "hello"),
    ]).toEqual([1, 0, 1, 1]);
  });
});
