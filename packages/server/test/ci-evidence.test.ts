import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { GITHUB_ACTIONS_ISSUER } from "@watchword/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { ISSUER, type Place, place } from "./place.ts";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const keySet = JSON.stringify({
  keys: [{ ...publicKey.export({ format: "jwk" }), kid: "ci-1", alg: "RS256" }],
});
const WORKFLOW = "acme/app/.github/workflows/evals.yml@refs/heads/main";

/** The token of a job of a repository that the policy says nothing of. */
function jobToken(audience: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part({ alg: "RS256", typ: "JWT", kid: "ci-1" })}.${part({
    iss: GITHUB_ACTIONS_ISSUER,
    aud: audience,
    sub: "repo:acme/app:ref:refs/heads/main",
    jti: randomUUID(),
    iat: now,
    exp: now + 300,
    repository: "acme/app",
    repository_id: "123",
    repository_owner: "acme",
    repository_owner_id: "77",
    ref: "refs/heads/main",
    ref_protected: "true",
    event_name: "push",
    sha: "a".repeat(40),
    workflow_ref: WORKFLOW,
    job_workflow_ref: WORKFLOW,
    run_id: "9001",
    run_attempt: "1",
  })}`;
  return `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}

test("a server with GitHub Actions among its verifiers reads whole reports, and hears declared jobs alone", async () => {
  await here.write("actions.jwks", keySet);
  const path = await here.configure({
    verifiers:
      "verifiers: [{ localKey: { directory: workload } }, { githubActions: { jwks: { file: actions.jwks } } }]",
  });
  const configuration = await loadConfiguration(path);
  await using server = await startServer(configuration, { mode: "dev", log: () => undefined, env: {} });
  const post = async (token: string): Promise<[number, unknown]> => {
    const response = await fetch(`${server.brokerUrl}/evidence?format=junit`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/xml" },
      body: `<testsuite><testcase name="x"/></testsuite>${" ".repeat(1_000_000)}`,
    });
    return [response.status, await response.json()];
  };
  expect(await post(jobToken("https://other.example"))).toMatchObject([
    400,
    { reason: "token_wrong_audience" },
  ]);
  // Verified, and of nobody: any repository gets such a token.
  expect(await post(jobToken(ISSUER))).toMatchObject([400, { reason: "token_untrusted" }]);
});
