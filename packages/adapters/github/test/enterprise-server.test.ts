import { github } from "@watchword/adapter-github";
import { Refusal, canonicalRequest, newAction, systemClock } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { EVALS, GENUINE, SCANNER, evidenceFixture } from "./evidence-fixture.ts";
import { FEATURE, githubFixture } from "./github-fixture.ts";

const SERVER = { actionsApp: 3, known: true };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
const local = github({ appId: 7, baseUrl: "https://github.internal/api/v3" });

const reading = (method: string, target: string) => () =>
  local.actionOf(canonicalRequest({ method, target, headers: [], body: new Uint8Array() }));

describe("a server of one's own", () => {
  test("is addressed by its own origin, and by no other", () => {
    expect(local.origins).toEqual(["https://github.internal"]);
    expect(github({ appId: 7, baseUrl: "https://api.acme.ghe.com/" }).origins).toEqual([
      "https://api.acme.ghe.com",
    ]);
    expect(github({ appId: 7 }).origins).toEqual(["https://api.github.com"]);
  });

  test("is read below its path", () => {
    expect(reading("GET", "/api/v3/repos/acme/app/issues/3")()).toEqual({
      operation: "issues.get",
      resource: { repository: "acme/app" },
      arguments: { number: 3 },
    });
  });

  test.for([
    ["GET", "/repos/acme/app/issues/3"],
    ["GET", "/api/v3/api/v3/repos/acme/app/issues/3"],
    ["GET", "/api/v30/repos/acme/app/issues/3"],
    ["GET", "/api/v3repos/acme/app/issues/3"],
    ["GET", "/API/V3/repos/acme/app/issues/3"],
    ["POST", "/api/graphql"],
    ["POST", "/api/v3/graphql"],
    ["POST", "/api/uploads/repos/acme/app/releases/1/assets"],
    ["GET", "/acme/app.git/info/refs?service=git-upload-pack"],
    ["DELETE", "/api/v3/installation/token"],
    ["POST", "/api/v3/admin/users"],
  ] as const)("is not reached by %s %s", ([method, target]) => {
    expect(refusalOf(reading(method, target))).toBe("request_mismatch");
  });

  test("gives one token for one action, which is dead there once it is ended", async () => {
    await using fixture = await githubFixture({ server: SERVER });
    const { adapter, own, twin } = fixture;
    const signal = AbortSignal.timeout(5_000);
    const context = { connection: own, fetch, clock: systemClock, signal };
    const resource = { repository: "acme/app" };
    const action = newAction({
      system: "code",
      operation: "pull_requests.merge",
      resource,
      arguments: { number: 7 },
    });
    const facts = await adapter.resolve(action, context);
    const authority = adapter.plan({ ...action, ...adapter.complete(action, facts, own.account) });
    expect(authority.arguments["sha"]).toBe(FEATURE);
    const { credential, granted } = await adapter.mint(authority, context);
    expect(adapter.covers(authority, granted)).toBe(true);
    const stamp = { decisionId: "dec_1", idempotencyKey: "k" };
    const sent = adapter.inject(adapter.enforce(authority, BLANK, stamp), credential);
    expect(sent.url).toBe(`${twin.url}/api/v3/repos/acme/app/pulls/7/merge`);
    const { url, method, headers } = sent;
    const body = new Uint8Array(sent.body ?? []);
    expect((await fetch(url, { method, headers, body })).status).toBe(200);
    expect(await adapter.revoke(credential, context)).toBe("revoked");
    expect((await fetch(url, { method, headers, body })).status).toBe(401);
    expect(twin.requests.every(({ path }) => path.startsWith("/api/v3/"))).toBe(true);
  });
});

describe("evidence at a server of one's own", () => {
  test("is a job of the App that is GitHub Actions there", async () => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] }, EVALS, SERVER);
    expect(await fixture.read()).toMatchObject({ state: "pass" });
  });

  test.for([EVALS, SCANNER])("of a $issuer is missing while that App is not known", async (source) => {
    const scan = { name: "scan", headSha: FEATURE, appId: 555, conclusion: "success" } as const;
    const app = { runs: [GENUINE], checks: [scan] };
    await using fixture = await evidenceFixture(app, source, { ...SERVER, known: false });
    expect(await fixture.read()).toMatchObject({ state: "missing" });
    expect(fixture.twin.requests).toEqual([]);
    await using known = await evidenceFixture(app, source, SERVER);
    expect(await known.read()).toMatchObject({ state: "pass" });
  });

  test("of that App is no other App's: any workflow posts as it", async () => {
    const forged = { name: "scan", headSha: FEATURE, appId: 3, conclusion: "success" } as const;
    await using fixture = await evidenceFixture({ checks: [forged] }, { ...SCANNER, app: "3" }, SERVER);
    expect(await fixture.read()).toMatchObject({
      state: "missing",
      detail: "App 3 is every workflow's; declare the source as github-actions",
    });
  });
});

function refusalOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return Refusal.is(error) ? error.reason : "another error";
  }
  return "was read";
}
