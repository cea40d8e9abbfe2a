import { type ConsentTwin, consentTwin } from "@watchword/emulators/consent";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, expect, test } from "vitest";

/** A client that knows OAuth and nothing of ours takes the twin for an authorization server, when it agrees and when it refuses. */

const BACK = "https://broker.example/connections/consent";
const SECRET = "a secret with spaces: and signs/";
const INSECURE = { [oauth.allowInsecureRequests]: true };
const client: oauth.Client = { client_id: "broker" };

let twin: ConsentTwin;
let server: oauth.AuthorizationServer;
beforeAll(async () => {
  twin = await consentTwin({
    clients: { broker: { secret: SECRET, redirectUris: [BACK], scopes: ["read", "offline"] } },
    accounts: ["site-1"],
  });
  server = {
    issuer: twin.url,
    authorization_endpoint: twin.authorizationEndpoint,
    token_endpoint: twin.tokenEndpoint,
    authorization_response_iss_parameter_supported: true,
  };
});
afterAll(() => twin.close());

async function begin(): Promise<{ url: URL; verifier: string; state: string }> {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(twin.authorizationEndpoint);
  const parameters = {
    client_id: client.client_id,
    redirect_uri: BACK,
    response_type: "code",
    scope: "read offline",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url, verifier, state };
}

const redeem = (parameters: URLSearchParams, verifier: string): Promise<Response> =>
  oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(SECRET),
    parameters,
    BACK,
    verifier,
    INSECURE,
  );

test("oauth4webapi is sent back, redeems, asks who it is and renews", async () => {
  const { url, verifier, state } = await begin();
  const back = twin.consent(url.href, { account: "site-1" });
  const parameters = oauth.validateAuthResponse(server, client, back, state);
  const answer = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    await redeem(parameters, verifier),
  );
  expect(answer).toMatchObject({ token_type: "bearer", scope: "read offline" });
  const account = await oauth.protectedResourceRequest(
    answer.access_token,
    "GET",
    new URL(twin.accountEndpoint),
    undefined,
    undefined,
    INSECURE,
  );
  expect(await account.json()).toEqual({ account: "site-1", scope: "read offline" });
  const renewal = await oauth.refreshTokenGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(SECRET),
    answer.refresh_token ?? "",
    INSECURE,
  );
  const renewed = await oauth.processRefreshTokenResponse(server, client, renewal);
  expect(renewed.access_token).not.toBe(answer.access_token);
});

test("oauth4webapi reads its refusals as such: a no, a code that comes twice, another verifier", async () => {
  const { url, verifier, state } = await begin();
  const no = twin.consent(url.href, { account: "site-1", consents: false });
  expect(() => oauth.validateAuthResponse(server, client, no, state)).toThrow(
    oauth.AuthorizationResponseError,
  );
  const back = twin.consent(url.href, { account: "site-1" });
  const parameters = oauth.validateAuthResponse(server, client, back, state);
  for (const used of [oauth.generateRandomCodeVerifier(), verifier]) {
    const response = await redeem(parameters, used);
    await expect(oauth.processAuthorizationCodeResponse(server, client, response)).rejects.toMatchObject({
      error: "invalid_grant",
    });
  }
});
