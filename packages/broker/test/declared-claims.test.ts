import { TOKEN_TYPE_URIS } from "@watchword/core";
import { githubActions } from "@watchword/identity/github-actions";
import { describe, expect, test } from "vitest";
import { ci } from "./ci.ts";
import { ISSUER, POLICY, type TestWorld, refundOf, world } from "./world.ts";

const ACTIONS = "https://token.actions.githubusercontent.com";

describe("an approver who is declared by claims", () => {
  const policy = POLICY.replace(
    "claim: { groups: leads }",
    "claim: { realm_access: { roles: [approver, admin] }, amr: hwk, email_verified: true }",
  );
  const HONEST = {
    realm_access: { roles: ["approver", "viewer"] },
    amr: ["pwd", "hwk"],
    email_verified: true,
  };

  /** Decides a waiting refund with these claims. */
  async function decide(place: TestWorld, claims: object): Promise<string> {
    const run = await place.start();
    const answer = await place.act(run, refundOf("ch_a3", 19_000));
    const id = answer.ok ? undefined : answer.approval_id;
    if (id === undefined) throw new Error("nothing waits");
    const token = await place.userToken("lee", { org_id: "acme", ...claims });
    const decided = await place.broker.approvals
      .decide(id, { token, verdict: "approve" })
      .catch((error: { reason: string }) => error);
    if ("reason" in decided) expect((await place.store.approval(id))?.state).toBe("pending");
    return "reason" in decided ? decided.reason : decided.state;
  }

  test("may approve when the token has each of them", async () => {
    await using place = await world({ policy });
    expect(await decide(place, HONEST)).toBe("granted");
  });

  test.for<[string, object]>([
    ["without one of them", { ...HONEST, amr: undefined }],
    ["with another role", { ...HONEST, realm_access: { roles: ["approvers"] } }],
    ["with the role outside of its claim", { ...HONEST, realm_access: {}, roles: ["approver"] }],
    [
      "with the role under its way with dots",
      { ...HONEST, realm_access: {}, "realm_access.roles": "approver" },
    ],
    ["with a text for a boolean", { ...HONEST, email_verified: "true" }],
  ])("may not %s", async ([, claims]) => {
    await using place = await world({ policy });
    expect(await decide(place, claims)).toBe("approver_not_allowed");
    expect((await place.ledger()).at(-1)?.body).toMatchObject({ reason: "approver_not_allowed" });
  });
});

describe("a CI job that is declared as a workload by its claims", () => {
  const rules =
    '{ repository_id: "123", ref: refs/heads/main, ref_protected: "true", event_name: [schedule, push] }';
  const policy = POLICY.replace(
    "approvers:",
    `  nightly: { identity: { oidc: { issuer: "${ACTIONS}", claims: ${rules} } }, agents: [reader], tenant: { fixed: acme } }\napprovers:`,
  );

  async function start(claims: object): Promise<string> {
    const { jwks, token } = await ci(ISSUER, { now: () => Date.now() }, "https://github.acme.example");
    const verifiers = async () => [await githubActions({ audience: ISSUER, jwks, uses: ["workload"] })];
    await using place = await world({ policy, verifiers });
    const job = token(claims);
    const answer = await place.tryStart({
      agent: "reader@1",
      change: (request) => ({
        ...request,
        subject_token: job,
        subject_token_type: TOKEN_TYPE_URIS.workload,
        actor_token: job,
      }),
    });
    const posted = place.broker.evidence.postAs(token(claims), "junit", "<testsuite/>");
    await expect(posted, "a workload posts no evidence").rejects.toMatchObject({ reason: "token_untrusted" });
    if (!answer.ok) expect((await place.ledger()).some(({ kind }) => kind === "run_started")).toBe(false);
    return answer.ok ? "started" : answer.reason;
  }

  test("starts a run of its own agent and tenant", async () => {
    expect(await start({})).toBe("started");
    expect(await start({ event_name: "schedule" })).toBe("started");
  });

  test.for<[string, object]>([
    ["of a fork", { repository_id: "999" }],
    ["on another branch", { ref: "refs/heads/feature" }],
    ["on a branch that anybody may write", { ref_protected: "false" }],
    ["for a pull request", { event_name: "pull_request" }],
  ])("starts nothing %s", async ([, claims]) => {
    expect(await start(claims)).toBe("workload_unknown");
  });
});
