import { GITHUB_ACTIONS_ISSUER, type IdentityVerifier } from "@watchword/core";
import { staticKeys } from "@watchword/identity";
import { githubActions } from "@watchword/identity/github-actions";
import { beforeAll, describe, expect, test } from "vitest";
import { ACTIONS, actionsKey, jobClaims, jobToken } from "./actions-token.ts";
import { BROKER, CANARY, NOW, clock, expectRefusal } from "./login-service.ts";

const jwks = { keys: [actionsKey.jwk] };
let ci: IdentityVerifier;
beforeAll(async () => {
  ci = await githubActions({ audience: BROKER, jwks, clock });
});

describe("a job of GitHub Actions", () => {
  test("is who its token says, with every claim as it was signed", async () => {
    expect(ci).toMatchObject({ issuer: GITHUB_ACTIONS_ISSUER, uses: ["evidence"], developmentOnly: false });
    expect(await ci.verify(jobToken())).toEqual({
      issuer: ACTIONS,
      subject: jobClaims.sub,
      claims: jobClaims,
      expiresAt: NOW + 300,
      authenticatedAt: undefined,
    });
  });

  test.for<[string, object]>([
    ["for a branch", {}],
    ["for a tag", { sub: "repo:acme/app:ref:refs/tags/v1", ref: "refs/tags/v1" }],
    ["for an environment", { sub: "repo:acme/app:environment:prod", environment: "prod" }],
    ["for a pull request", { sub: "repo:acme/app:pull_request", ref: "refs/pull/7/merge" }],
    ["with the ids that nobody can register again", { sub: "repo:acme@77/app@123:ref:refs/heads/main" }],
    ["as an organization has it put together", { sub: "repository_id:123:environment:prod" }],
    ["and a commit of SHA-256", { sha: "b".repeat(64) }],
    ["without a protected ref, which is for the rules to refuse", { ref_protected: "false" }],
    ["and claims that nobody knows yet", { enterprise_id: "5", check_run_id: "8" }],
  ])("may have a subject %s", async ([, claims]) => {
    expect((await ci.verify(jobToken(claims))).claims).toEqual({ ...jobClaims, ...claims });
  });

  test("may be one of an Enterprise Server, which then vouches for nothing else", async () => {
    const issuer = "https://github.acme.example/_services/token";
    const server = await githubActions({ issuer, audience: BROKER, jwks, clock, uses: ["workload"] });
    expect(server.uses).toEqual(["workload"]);
    expect(await server.verify(jobToken({ iss: issuer }))).toMatchObject({ issuer });
    await expectRefusal(server, jobToken(), "token_untrusted");
    await expectRefusal(ci, jobToken({ iss: issuer }), "token_untrusted");
  });

  test("is verified with whichever keys a source of keys holds", async () => {
    const source = await staticKeys(jwks);
    const fetched = await githubActions({ audience: BROKER, jwks: source, clock });
    expect(await fetched.verify(jobToken())).toMatchObject({ subject: jobClaims.sub });
  });
});

// What any issuer's token is refused for, the contract says (github-actions.contract.test.ts).
describe("a token is refused", () => {
  test.for([
    "jti",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "ref",
    "ref_protected",
    "sha",
    "event_name",
    "workflow_ref",
    "job_workflow_ref",
    "run_id",
    "run_attempt",
  ])("without %s, or with something else in it: token_malformed", async (name) => {
    for (const value of [undefined, null, true, 7, "", " ", [], {}, `${CANARY} `])
      await expectRefusal(ci, jobToken({ [name]: value }), "token_malformed");
  });

  test.for<[string, object]>([
    ["whose ref is protected as a boolean", { ref_protected: true }],
    ["whose ref is protected in capitals", { ref_protected: "True" }],
    ["whose repository is a number", { repository_id: 123 }],
    ["whose repository has a zero before its id", { repository_id: "0123" }],
    ["whose repository is below zero", { repository_id: "-123" }],
    ["whose commit is cut short", { sha: "a".repeat(39) }],
    ["whose commit is in capitals", { sha: "A".repeat(40) }],
    ["whose ref is no ref", { ref: "main" }],
    ["whose ref holds a newline", { ref: "refs/heads/main\n" }],
    ["whose workflow names no ref", { job_workflow_ref: "acme/app/.github/workflows/evals.yml" }],
    ["whose workflow names no repository", { workflow_ref: ".github/workflows/evals.yml@refs/heads/main" }],
    ["whose id is too short to be single", { jti: "1" }],
    ["whose environment is empty", { environment: "" }],
    ["whose owner is not the repository's", { repository_owner: "mallory" }],
    ["whose subject is of another repository", { sub: "repo:acme/other:ref:refs/heads/main" }],
    ["whose subject begins alike", { sub: "repo:acme/app2:ref:refs/heads/main" }],
    ["whose subject says nothing more", { sub: "repo:acme/app:" }],
    ["whose subject has another repository's id", { sub: "repo:acme@77/app@124:ref:refs/heads/main" }],
    ["whose subject has another owner's id", { sub: "repo:acme@78/app@123:ref:refs/heads/main" }],
    ["whose subject is in capitals", { sub: "repo:ACME/app:ref:refs/heads/main" }],
  ])("%s: token_malformed", ([, claims]) => expectRefusal(ci, jobToken(claims), "token_malformed"));
});

test.for<[string, object, string]>([
  ["a login's use", { uses: ["user"] }, "uses"],
  ["an approver's use", { uses: ["evidence", "approver"] }, "uses"],
  ["no use", { uses: [] }, "uses"],
  ["no audience", { audience: "" }, "audience"],
  ["an issuer without TLS", { issuer: "http://github.acme.example" }, "issuer"],
  ["a life of a day", { maxLifetimeSeconds: 86_400 }, "maxLifetimeSeconds"],
  ["no keys", { jwks: { keys: [] } }, "jwks.keys"],
  ["a weak key set", { jwks: { keys: [{ kty: "oct", k: "AAAA" }] } }, "key 0"],
  ["an option that nobody knows", { leeway: 60 }, "leeway"],
])("with %s no verifier is made, and the error says which option", async ([, change, name]) => {
  const options = { audience: BROKER, jwks, clock, ...change };
  await expect(githubActions(options)).rejects.toThrow(name);
  await expect(githubActions(options)).rejects.toThrow(TypeError);
});
