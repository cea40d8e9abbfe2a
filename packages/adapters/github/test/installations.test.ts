import { github } from "@watchword/adapter-github";
import type { ValueMap } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type Fixture, actionOf, contextOf, plan, refusalOf } from "./act-at-github.ts";
import { githubFixture } from "./github-fixture.ts";

const LABS: ValueMap = { installation: "42", "installation.acme-labs": "46" };
const read = actionOf("contents.get", { path: "/docs/a.md" }, "acme-labs/app");

/** The fixture, its own connection with other settings. */
const withSettings = (fixture: Fixture, settings: ValueMap): Fixture => ({
  ...fixture,
  own: { ...fixture.own, settings },
});

describe("a connection with installations of several owners", () => {
  test("takes the one of the repository's owner, for the look-up and for the mint", async () => {
    await using fixture = await githubFixture();
    const both = withSettings(fixture, LABS);
    const authority = await plan(both, read);
    expect(authority).toMatchObject({
      resource: { repository: "acme-labs/app" },
      arguments: { repositoryId: "323" },
    });
    const minted = await both.adapter.mint(authority, contextOf(both));
    expect(both.adapter.covers(authority, minted.granted)).toBe(true);
    const used = fixture.twin.requests.map(({ installation }) => installation);
    expect([...new Set(used)]).toEqual([46]);
    expect(fixture.twin.tokens().at(-1)).toMatchObject({ installation: 46, repositories: [323] });
    await plan(both, actionOf("contents.get", { path: "/docs/a.md" }));
    expect(fixture.twin.requests.at(-1)?.installation).toBe(42);
  });

  test.for<{ name: string; settings: ValueMap; repository: string }>([
    { name: "an owner that no setting names", settings: { installation: "42" }, repository: "acme-labs/app" },
    { name: "another tenant's owner", settings: LABS, repository: "globex/app" },
    { name: "an owner in another spelling", settings: LABS, repository: "Acme-Labs/app" },
    { name: "a name of every object", settings: LABS, repository: "constructor/app" },
    {
      name: "a setting that names no owner",
      settings: { ...LABS, "installation.": "46" },
      repository: "/app",
    },
  ])("is not for $name: nothing is asked", async ({ settings, repository }) => {
    await using fixture = await githubFixture();
    const both = withSettings(fixture, settings);
    const action = actionOf("contents.get", { path: "/docs/a.md" }, repository);
    expect((await refusalOf(() => plan(both, action))).reason).toBe("tenant_mismatch");
    const authority = await plan(both, actionOf("contents.get", { path: "/docs/a.md" }));
    const before = fixture.twin.requests.length;
    const forged = { ...authority, resource: { repository } };
    expect((await refusalOf(() => both.adapter.mint(forged, contextOf(both)))).reason).toBe(
      "tenant_mismatch",
    );
    expect(fixture.twin.requests).toHaveLength(before);
  });

  test("whose repository nobody looked up belongs to nobody but the account", async () => {
    await using fixture = await githubFixture();
    const nothing = { owners: {}, values: {} };
    const refusal = await refusalOf(() => fixture.adapter.complete(read, nothing, "acme"));
    expect([refusal.reason, refusal.failedFact]).toEqual(["tenant_mismatch", "tenant"]);
  });

  test("with an id that is none says which setting is wrong", async () => {
    await using fixture = await githubFixture();
    const wrong = withSettings(fixture, { ...LABS, "installation.acme-labs": "x" });
    const refusal = await refusalOf(() => plan(wrong, read));
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain("settings.installation.acme-labs");
  });

  test("is checked whole: an installation of another owner keeps it out", async () => {
    await using fixture = await githubFixture();
    const severities = async (settings: ValueMap) =>
      (await fixture.adapter.selfCheck(contextOf(withSettings(fixture, settings))))
        .filter(({ severity }) => severity === "error")
        .map(({ text }) => text);
    expect(await severities(LABS)).toEqual([]);
    expect(await severities({ ...LABS, "installation.acme-labs": "43" })).toHaveLength(1);
    expect(await severities({ ...LABS, "installation.globex": "46" })).toHaveLength(1);
  });

  test("opens accounts that are nobody else's, and each installation is counted by itself", () => {
    const adapter = github({ appId: 7 });
    expect(adapter.alsoAccounts?.(LABS)).toEqual(["acme-labs"]);
    const pool = (repository: string) =>
      adapter.quotaPool?.({ repository }, { account: "acme", settings: LABS });
    expect([pool("acme/app"), pool("acme-labs/app"), pool("globex/app")]).toEqual(["42", "46", ""]);
    // A server of one's own and a twin have no such limit; what they say themselves holds.
    for (const baseUrl of ["https://github.internal/api/v3", "http://127.0.0.1:8080"])
      expect(github({ appId: 7, baseUrl }).capabilities.quotas).toEqual([]);
    expect(github({ appId: 7, baseUrl: "https://api.acme.ghe.com" }).capabilities.quotas).toHaveLength(1);
    expect(adapter.capabilities.quotas).toEqual([{ per: "account", limit: 5_000, windowSeconds: 3_600 }]);
  });
});
