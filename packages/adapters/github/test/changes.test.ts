import { describe, expect, test } from "vitest";
import { actionOf, contextOf, plan, received, refusalOf, send } from "./act-at-github.ts";
import { FEATURE, githubFixture } from "./github-fixture.ts";

describe("what changes a release or a review that is there", () => {
  test.for([
    {
      operation: "releases.update",
      values: { release: 1, title: "One" },
      facts: { release: { tag: "v1.0.0", draft: false, prerelease: false } },
      ids: { release: "1", tag: "v1.0.0" },
    },
    {
      operation: "releases.delete",
      values: { release: 1 },
      facts: { release: { tag: "v1.0.0", draft: false, prerelease: false } },
      ids: { release: "1" },
    },
    {
      operation: "pull_requests.dismiss_review",
      values: { number: 7, review: 80, message: "It is about an earlier state." },
      facts: { review: { state: "CHANGES_REQUESTED", commit: FEATURE }, pull: expect.anything() },
      ids: { pull: "7", review: "80" },
    },
  ])(
    "$operation is decided by what it is, and told of by its id",
    async ({ operation, values, facts, ids }) => {
      await using fixture = await githubFixture();
      const action = actionOf(operation, values);
      const read = await fixture.adapter.resolve(action, contextOf(fixture));
      expect(read.values).toMatchObject(facts);
      const authority = await plan(fixture, action);
      const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
      const answer = await received(await send(fixture, authority, credential));
      expect(fixture.adapter.outcomeOf(authority, answer)).toMatchObject({ effect: "done", ids });
    },
  );

  test("of which there is none leaves no facts, and has no effect", async () => {
    await using fixture = await githubFixture();
    for (const [operation, values] of [
      ["releases.delete", { release: 99 }],
      ["pull_requests.dismiss_review", { number: 7, review: 99, message: "m" }],
    ] as const) {
      const action = actionOf(operation, values);
      const { values: read } = await fixture.adapter.resolve(action, contextOf(fixture));
      expect([read["release"], read["review"]]).toEqual([undefined, undefined]);
      const authority = await plan(fixture, action);
      const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
      const answer = await received(await send(fixture, authority, credential));
      expect(fixture.adapter.outcomeOf(authority, answer)).toMatchObject({ effect: "none", status: 404 });
    }
  });

  test("nobody publishes a draft, and what is dismissed stays so", async () => {
    await using fixture = await githubFixture({
      app: { releases: [{ id: 1, tag: "v2", draft: true }] },
    });
    const drafted = await fixture.adapter.resolve(
      actionOf("releases.update", { release: 1, title: "x" }),
      contextOf(fixture),
    );
    expect(drafted.values["release"], "a look-up's token sees no drafts").toBeUndefined();
    const publish = actionOf("releases.update", { release: 1, draft: false });
    expect((await refusalOf(() => plan(fixture, publish))).reason).toBe("request_malformed");
  });
});

describe("a label", () => {
  test("is taken off by its name; one that is not there is nothing that happened", async () => {
    await using fixture = await githubFixture();
    const outcomes = [];
    for (const label of ["bug", "bug"]) {
      const authority = await plan(fixture, actionOf("issues.unlabel", { number: 3, label }));
      const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
      const answer = await received(await send(fixture, authority, credential));
      outcomes.push(fixture.adapter.outcomeOf(authority, answer).effect);
    }
    expect(outcomes).toEqual(["done", "none"]);
    expect(fixture.twin.issue("acme/app", 3)?.labels).toEqual([]);
  });
});
