import { type JiraTwin, jiraTwin } from "@watchword/emulators/jira";
import {
  createCloudClient,
  exchangeAuthorizationCode,
  generateAuthorizationUrl,
  getAccessibleResources,
  refreshOAuth2Token,
} from "jira.js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const SITE = "11111111-2222-3333-4444-555555555551";
const APP = { clientId: "app", clientSecret: "s" };
const redirectUri = "https://app.example/back";
const scopes = ["read:jira-work", "offline_access"];

let twin: JiraTwin;
beforeEach(async () => {
  twin = await jiraTwin({
    sites: { [SITE]: { projects: { APP: { id: 1, issues: { 1: { summary: "a" } } } } } },
    clients: [],
    apps: { app: { secret: APP.clientSecret, redirectUris: [redirectUri], scopes } },
    leewaySeconds: 0,
  });
  // The client's addresses are fixed; its requests to Atlassian go to the twin.
  const real = globalThis.fetch;
  vi.stubGlobal("fetch", (input: string, init?: RequestInit) =>
    real(input.replace(/^https:\/\/(?:auth|api)\.atlassian\.com(?=\/)/, twin.url), init),
  );
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await twin.close();
});

test("the stock client's own consent takes the twin for Atlassian: code, sites, rotation, and what was taken back", async () => {
  const url = generateAuthorizationUrl({ ...APP, scopes, redirectUri, state: "x" });
  const back = twin.consent(url, { site: SITE });
  expect(back.searchParams.get("state")).toBe("x");
  const code = back.searchParams.get("code") ?? "";
  const given = await exchangeAuthorizationCode({ ...APP, code, redirectUri });
  expect(given).toMatchObject({ expiresIn: 3_600, scope: scopes.join(" "), tokenType: "Bearer" });
  expect((await getAccessibleResources(given.accessToken)).map(({ id }) => id)).toEqual([SITE]);

  const renewed: string[] = [];
  const jira = createCloudClient({
    auth: {
      type: "oauth2",
      ...APP,
      refreshToken: given.refreshToken ?? "",
      cloudId: SITE,
      onTokenRefresh: ({ refreshToken = "" }) => void renewed.push(refreshToken),
    },
    onSchemaMismatch: "throw",
  });
  expect(await jira.issues.getIssue({ issueIdOrKey: "APP-1" })).toMatchObject({ key: "APP-1" });
  expect(renewed).toHaveLength(1);
  expect(renewed[0]).not.toBe(given.refreshToken);
  twin.takeBack(SITE);
  const again = refreshOAuth2Token({ ...APP, refreshToken: renewed[0] ?? "" });
  await expect(again).rejects.toMatchObject({ status: 403, body: { error: "invalid_grant" } });
});

test("a refresh token that is used a second time takes the consent back", async () => {
  const url = generateAuthorizationUrl({ ...APP, scopes, redirectUri, state: "x" });
  const code = twin.consent(url, { site: SITE }).searchParams.get("code") ?? "";
  const { refreshToken = "" } = await exchangeAuthorizationCode({ ...APP, code, redirectUri });
  const next = await refreshOAuth2Token({ ...APP, refreshToken });
  await expect(refreshOAuth2Token({ ...APP, refreshToken })).rejects.toMatchObject({ status: 403 });
  const last = refreshOAuth2Token({ ...APP, refreshToken: next.refreshToken ?? "" });
  await expect(last).rejects.toMatchObject({ status: 403 });
  await expect(exchangeAuthorizationCode({ ...APP, code, redirectUri })).rejects.toMatchObject({
    status: 403,
  });
});
