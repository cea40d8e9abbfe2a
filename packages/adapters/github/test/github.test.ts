import { type GithubOptions, github } from "@watchword/adapter-github";
import { SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { actionOf, contextOf, plan, received, refusalOf, send } from "./act-at-github.ts";
import { FEATURE, MAIN, connection, githubFixture } from "./github-fixture.ts";
import { KEYS } from "./github-keys.ts";

describe("options", () => {
  test.for<{ name: string; options: object }>([
    { name: "no App", options: {} },
    { name: "a typo", options: { appId: 7, baseURL: "https://api.github.com" } },
    { name: "http to another machine", options: { appId: 7, baseUrl: "http://github.internal" } },
    { name: "a path", options: { appId: 7, baseUrl: "https://github.internal/api/v4" } },
    { name: "a path before a server's", options: { appId: 7, baseUrl: "https://x.internal/y/api/v3" } },
    { name: "a server with a user", options: { appId: 7, baseUrl: "https://u@x.internal/api/v3" } },
    { name: "a server over http", options: { appId: 7, baseUrl: "http://x.internal/api/v3" } },
    { name: "a server's other door", options: { appId: 7, baseUrl: "https://x.internal/api/graphql" } },
    { name: "an App's id of another kind", options: { appId: "7 or 8" } },
  ])("$name is refused at construction", ({ options }) => {
    expect(() => github(options as GithubOptions)).toThrow(/./);
  });

  test("a key opens a real account, unless it is used on this machine only", () => {
    const key = new SealedCredential(KEYS.app.privateKey);
    expect(github({ appId: 7 }).isLiveSecret(key)).toBe(true);
    const local = github({ appId: 7, baseUrl: "http://127.0.0.1:8080" });
    expect(local.isLiveSecret(key)).toBe(false);
    expect(local.isLiveSecret(new SealedCredential("ghp_something"))).toBe(true);
  });
});

describe("a merge", () => {
  test("is of the head that the broker read, which GitHub checks again", async () => {
    await using fixture = await githubFixture();
    const action = actionOf("pull_requests.merge", { number: 7 });
    const facts = await fixture.adapter.resolve(action, contextOf(fixture));
    expect(facts.values).toEqual({
      repository: { id: "123", ownerId: "9", fullName: "acme/app" },
      head: FEATURE,
      pull: {
        number: 7,
        state: "open",
        draft: false,
        merged: false,
        base: "main",
        headRef: "feature",
        headRepositoryId: "123",
      },
    });
    const authority = await plan(fixture, action);
    expect(authority.arguments).toEqual({ number: 7, sha: FEATURE, repositoryId: "123" });
    const minted = await fixture.adapter.mint(authority, contextOf(fixture));
    fixture.twin.push("acme/app", "feature", { "docs/b.md": "something else\n" });
    const answer = await send(fixture, authority, minted.credential);
    expect(answer.status).toBe(409);
    expect(fixture.twin.pull("acme/app", 7)?.merged).toBe(false);
    expect(fixture.twin.requests.filter((request) => request.kind === "effect")).toEqual([]);
  });

  test("of a head that the action names, and that is not there, is no condition to meet", async () => {
    await using fixture = await githubFixture();
    const refusal = await refusalOf(() =>
      plan(fixture, actionOf("pull_requests.merge", { number: 7, sha: MAIN })),
    );
    expect([refusal.reason, refusal.failedFact]).toEqual(["condition_failed", "argument:sha"]);
  });

  test("of a pull request that is not there has no head, and is not planned", async () => {
    await using fixture = await githubFixture();
    const refusal = await refusalOf(() => plan(fixture, actionOf("pull_requests.merge", { number: 99 })));
    expect([refusal.reason, refusal.failedFact]).toEqual(["condition_failed", "argument:sha"]);
  });
});

describe("a review", () => {
  test("is of the head that the broker read; GitHub does not take it for a later one", async () => {
    await using fixture = await githubFixture();
    const authority = await plan(fixture, actionOf("pull_requests.review", { number: 7, event: "APPROVE" }));
    expect(authority.arguments["sha"]).toBe(FEATURE);
    const minted = await fixture.adapter.mint(authority, contextOf(fixture));
    const answer = await send(fixture, authority, minted.credential);
    expect(await answer.json()).toMatchObject({ state: "APPROVED", commit_id: FEATURE });
    fixture.twin.push("acme/app", "feature", { "docs/b.md": "something else\n" });
    expect((await send(fixture, authority, minted.credential)).status).toBe(422);
  });

  test("of another head than is there now, or of no pull request, is not planned", async () => {
    await using fixture = await githubFixture();
    for (const values of [{ number: 7, sha: MAIN }, { number: 99 }]) {
      const action = actionOf("pull_requests.review", { event: "APPROVE", ...values });
      const refusal = await refusalOf(() => plan(fixture, action));
      expect([refusal.reason, refusal.failedFact]).toEqual(["condition_failed", "argument:sha"]);
    }
  });
});

describe("a change of a pull request", () => {
  test("is decided by what it offers and where to", async () => {
    await using fixture = await githubFixture();
    const action = actionOf("pull_requests.update", { number: 7, state: "closed" });
    const facts = await fixture.adapter.resolve(action, contextOf(fixture));
    expect(facts.values["pull"]).toMatchObject({ base: "main", headRef: "feature", state: "open" });
  });
});

describe("a release", () => {
  test("makes its tag at the head of the default branch, and is not planned for one that is there", async () => {
    await using fixture = await githubFixture();
    const action = actionOf("releases.create", { tag: "v1.2.0" });
    const authority = await plan(fixture, action);
    expect(authority.arguments["sha"]).toBe(MAIN);
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    const answer = await send(fixture, authority, credential);
    expect(await answer.json()).toMatchObject({ tag_name: "v1.2.0", target_commitish: MAIN });
    const refusal = await refusalOf(() => plan(fixture, action));
    expect([refusal.reason, refusal.failedFact]).toEqual(["condition_failed", "argument:sha"]);
    const elsewhere = actionOf("releases.create", { tag: "v2", sha: FEATURE });
    expect((await refusalOf(() => plan(fixture, elsewhere))).reason).toBe("condition_failed");
  });
});

describe("a workflow's start", () => {
  test("is done with 204 and nothing else; what GitHub refuses has not happened", async () => {
    await using fixture = await githubFixture();
    const start = { workflow: "deploy.yml", branch: "main", inputs: { target: "staging" } };
    const authority = await plan(fixture, actionOf("workflows.dispatch", start));
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    const outcomes = [];
    for (const branch of ["main", "nowhere"]) {
      const named = { ...authority, arguments: { ...authority.arguments, branch } };
      const { status, headers, body } = await received(await send(fixture, named, credential));
      outcomes.push(fixture.adapter.outcomeOf(named, { status, headers, body }).effect);
    }
    const page = { status: 204, headers: {}, body: new TextEncoder().encode("<html>") };
    outcomes.push(fixture.adapter.outcomeOf(authority, page).effect);
    expect(outcomes).toEqual(["done", "none", "unknown"]);
  });
});

describe("a new branch", () => {
  test("begins at the head of the default branch, and nowhere else", async () => {
    await using fixture = await githubFixture();
    const authority = await plan(fixture, actionOf("branches.create", { branch: "x" }));
    expect(authority.arguments["sha"]).toBe(MAIN);
    const refusal = await refusalOf(() =>
      plan(fixture, actionOf("branches.create", { branch: "x", sha: FEATURE })),
    );
    expect(refusal.reason).toBe("condition_failed");
  });
});

describe("tenants", () => {
  test.for(["globex/app", "Acme/app", "acme.evil/app", "app"])(
    "%s is not acme's, and nobody asks",
    async (repository) => {
      await using fixture = await githubFixture();
      const action = actionOf("contents.get", { path: "/a" }, repository);
      expect((await refusalOf(() => plan(fixture, action))).reason).toBe("tenant_mismatch");
      expect(fixture.twin.requests).toEqual([]);
    },
  );

  test("a repository in another spelling is another one to a policy", async () => {
    await using fixture = await githubFixture();
    const refusal = await refusalOf(() =>
      plan(fixture, actionOf("contents.get", { path: "/a" }, "acme/APP")),
    );
    expect(refusal.reason).toBe("tenant_mismatch");
  });

  test("an action that names no repository is not well formed", async () => {
    await using fixture = await githubFixture();
    const action = { ...actionOf("contents.get", { path: "/a" }), resource: {} };
    expect((await refusalOf(() => plan(fixture, action))).reason).toBe("request_malformed");
  });
});

describe("the token", () => {
  test("reaches one repository by id, with the operation's permission and no other", async () => {
    await using fixture = await githubFixture();
    const before = fixture.twin.tokens().length;
    const authority = await plan(fixture, actionOf("issues.comment", { number: 3, body: "x" }));
    expect(fixture.twin.tokens(), "the look-up's token is gone").toHaveLength(before);
    const minted = await fixture.adapter.mint(authority, contextOf(fixture));
    expect(fixture.twin.tokens().at(-1)).toMatchObject({
      installation: 42,
      repositories: [123],
      permissions: { issues: "write", metadata: "read" },
    });
    expect(fixture.adapter.covers(authority, minted.granted)).toBe(true);
    const mints = fixture.twin.requests.filter((request) => request.kind === "mint");
    expect(mints).toHaveLength(1);
  });

  test("is dead at GitHub once it is revoked, and revoking it again says so", async () => {
    await using fixture = await githubFixture();
    const authority = await plan(fixture, actionOf("issues.comment", { number: 3, body: "x" }));
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    expect(await fixture.adapter.revoke(credential, contextOf(fixture))).toBe("revoked");
    expect((await send(fixture, authority, credential)).status).toBe(401);
    expect(await fixture.adapter.revoke(credential, contextOf(fixture))).toBe("already_dead");
    fixture.twin.fail("down");
    expect(await fixture.adapter.revoke(credential, contextOf(fixture))).toBe("unknown");
  });

  test.for<{ name: string; wider: object }>([
    {
      name: "one permission more",
      wider: { permissions: { issues: "write", metadata: "read", contents: "write" } },
    },
    { name: "a higher level", wider: { permissions: { issues: "admin", metadata: "read" } } },
    { name: "every repository", wider: { repository_selection: "all" } },
    { name: "no word about repositories", wider: { repositories: undefined } },
    {
      name: "another repository",
      wider: { repositories: [{ id: 124, full_name: "acme/other", owner: { id: 9, login: "acme" } }] },
    },
    {
      name: "another repository of that name",
      wider: { repositories: [{ id: 124, full_name: "acme/app", owner: { id: 9, login: "acme" } }] },
    },
    {
      name: "the repository under another name",
      wider: { repositories: [{ id: 123, full_name: "acme/renamed", owner: { id: 9, login: "acme" } }] },
    },
    {
      name: "one repository more",
      wider: {
        repositories: [
          { id: 123, full_name: "acme/app", owner: { id: 9, login: "acme" } },
          { id: 124, full_name: "acme/other", owner: { id: 9, login: "acme" } },
        ],
      },
    },
  ])("whose answer tells of $name is not within what was planned", async ({ wider }) => {
    await using fixture = await githubFixture();
    const authority = await plan(fixture, actionOf("issues.comment", { number: 3, body: "x" }));
    const minted = await fixture.adapter.mint(authority, contextOf(fixture, answering(wider)));
    expect(fixture.adapter.covers(authority, minted.granted)).toBe(false);
  });

  test.for<{ name: string; answer: object }>([
    { name: "for longer than an hour", answer: { expires_at: "2099-01-01T00:00:00Z" } },
    { name: "already over", answer: { expires_at: "2001-01-01T00:00:00Z" } },
    { name: "without an end", answer: { expires_at: undefined } },
  ])("$name is ended at once, and nobody gets it", async ({ answer }) => {
    await using fixture = await githubFixture();
    const before = fixture.twin.tokens().length;
    const authority = await plan(fixture, actionOf("issues.comment", { number: 3, body: "x" }));
    const refusal = await refusalOf(() =>
      fixture.adapter.mint(authority, contextOf(fixture, answering(answer))),
    );
    expect(refusal.reason).toBe("downstream_unavailable");
    expect(fixture.twin.tokens()).toHaveLength(before);
  });

  test.for([
    { name: "an unknown key", change: { secret: new SealedCredential(KEYS.stranger.privateKey) } },
    { name: "an installation that is not there", change: { settings: { installation: "4711" } } },
    { name: "an installation without the permission", change: { settings: { installation: "44" } } },
  ])("is not given for $name: definite, with what is required and held", async ({ change }) => {
    await using fixture = await githubFixture();
    const authority = await plan(fixture, actionOf("issues.comment", { number: 3, body: "x" }));
    const context = { ...contextOf(fixture), connection: { ...fixture.own, ...change } };
    const refusal = await refusalOf(() => fixture.adapter.mint(authority, context));
    expect(refusal.reason).toBe("downstream_refused");
    expect(refusal.message).toMatch(/required: .*; held: .*; next: /);
    expect(fixture.twin.requests.filter((request) => request.kind === "mint")).toEqual([]);
  });

  test.for(["down", "500", "garbage", "429"] as const)("under %s may exist: not definite", async (mode) => {
    await using fixture = await githubFixture();
    const authority = await plan(fixture, actionOf("issues.comment", { number: 3, body: "x" }));
    fixture.twin.fail(mode);
    const refusal = await refusalOf(() => fixture.adapter.mint(authority, contextOf(fixture)));
    expect(refusal.reason).toBe("downstream_unavailable");
  });
});

describe("secrets", () => {
  test("no error holds a part of a key or a token, and no request is logged with one", async () => {
    await using fixture = await githubFixture();
    const authority = await plan(fixture, actionOf("issues.comment", { number: 3, body: "x" }));
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    const token = credential.open((text) => text);
    const parts = [
      token,
      ...KEYS.app.privateKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("-")),
    ];
    const echoing: typeof fetch = async (input, init) => {
      throw new TypeError(`cannot send ${JSON.stringify([input, init])}`);
    };
    const keys = [
      "garbage",
      `${KEYS.app.privateKey}x`,
      KEYS.app.privateKey.slice(0, 200),
      KEYS.app.privateKey,
    ];
    for (const key of keys) {
      const context = { ...contextOf(fixture, echoing), connection: connection("acme", "acme", "42", key) };
      for (const attempt of [
        () => fixture.adapter.mint(authority, context),
        () => fixture.adapter.resolve(actionOf("contents.get", { path: "/a" }), context),
      ]) {
        const refusal = await refusalOf(attempt);
        const shown = `${refusal.message} ${refusal.stack ?? ""} ${String(refusal.cause)}`;
        expect(parts.filter((part) => shown.includes(part))).toEqual([]);
      }
    }
    const log = JSON.stringify([fixture.twin.requests, fixture.twin.tokens()]);
    expect(parts.filter((part) => log.includes(part))).toEqual([]);
  });
});

/** GitHub, but its answer to a mint tells something else. */
const answering =
  (changes: object): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    if (!new Request(input).url.endsWith("/access_tokens")) return response;
    const body = { ...((await response.json()) as object), ...changes };
    return Response.json(body, { status: response.status });
  };
