import { SealedCredential, type TokenAnswer, newAction } from "@watchword/core";
import { oidc } from "@watchword/identity/oidc";
import { developmentIssuer } from "@watchword/identity/local-key";
import { expect, test } from "vitest";
import { lead, served, wanted } from "./approval-place.ts";
import { loginTwin } from "./login-twin.ts";
import { ISSUER, LOGIN, POLICY, effects, refundOf, testClock, world } from "./world.ts";

const reasonOf = (answer: TokenAnswer): string => (answer.ok ? "allowed" : answer.reason);

test("the order of an action's members is no difference: the yes fits", async () => {
  await using place = await world();
  const run = await place.start();
  const asked = newAction({
    ...refundOf("ch_a3", 19_000),
    arguments: { charge: "ch_a3", amount: { minor: 19_000 }, metadata: { a: "1", b: "2" } },
  });
  const approvalId = await wanted(place, run, asked);
  await place.broker.approvals.decide(approvalId, { token: await lead(place), verdict: "approve" });
  const turned = {
    arguments: { metadata: { b: "2", a: "1" }, amount: { minor: 19_000 }, charge: "ch_a3" },
    resource: asked.resource,
    operation: asked.operation,
    system: asked.system,
    txn: asked.txn,
    v: asked.v,
  };
  expect(reasonOf(await place.act(run, turned, { approvalId }))).toBe("allowed");
});

test.for<{ name: string; leaf: Record<string, unknown> }>([
  { name: "a value within a value", leaf: { metadata: { a: "1", b: "3" } } },
  { name: "a value less", leaf: { metadata: { a: "1" } } },
  { name: "a value more", leaf: { metadata: { a: "1", b: "2", c: "3" } } },
  { name: "a whole argument less", leaf: { metadata: undefined } },
])("$name is another action, and the yes does not fit", async ({ leaf }) => {
  await using place = await world();
  const run = await place.start();
  const base = { charge: "ch_a3", amount: { minor: 19_000 }, metadata: { a: "1", b: "2" } };
  const asked = newAction({ ...refundOf("ch_a3", 19_000), arguments: base });
  const approvalId = await wanted(place, run, asked);
  await place.broker.approvals.decide(approvalId, { token: await lead(place), verdict: "approve" });
  const changed = Object.fromEntries(
    Object.entries({ ...base, ...leaf }).filter(([, value]) => value !== undefined),
  ) as typeof asked.arguments;
  const answer = await place.act(run, { ...asked, arguments: changed }, { approvalId });
  expect(reasonOf(answer)).toBe("approval_mismatch");
  expect(effects(place)).toBe(0);
});

test("a yes that was given under another wording of its grant does not fit", async () => {
  await using place = await world();
  const action = refundOf("ch_a3", 19_000);
  const approvalId = await wanted(place, await place.start({ thread: "t-1" }), action);
  await place.broker.approvals.decide(approvalId, { token: await lead(place), verdict: "approve" });
  await using later = await world({
    directory: place.directory,
    twinUrl: place.twin.url,
    policy: POLICY.replace('max: "200.00 USD"', 'max: "250.00 USD"'),
  });
  const run = await later.start({ thread: "t-1" });
  expect(reasonOf(await later.act(run, action, { approvalId }))).toBe("approval_mismatch");
  expect((await later.store.approval(approvalId))?.state).toBe("granted");
});

test("what an argument holds is text on the page, whatever it looks like, and all of it", async () => {
  const clock = testClock();
  const login = await developmentIssuer({ issuer: LOGIN, clock });
  await using twin = await loginTwin(login, "web");
  const verifier = await oidc({
    issuer: LOGIN,
    audience: "web",
    jwks: login.jwks,
    algorithms: ["ES256"],
    uses: ["approver"],
    clock,
  });
  const endpoints = { authorizationEndpoint: `${twin.url}/a`, tokenEndpoint: `${twin.url}/t` };
  await using place = await world({
    broker: {
      approvals: {
        login: { verifier, clientId: "web", clientSecret: new SealedCredential("secret"), ...endpoints },
      },
    },
  });
  await using http = await served(place, [ISSUER]);
  const note = `"><script>alert(1)</script><form action="https://evil.example">\u202e${"x".repeat(400)}the end`;
  const action = newAction({
    ...refundOf("ch_a3", 19_000),
    arguments: { charge: "ch_a3", amount: { minor: 19_000 }, metadata: { note } },
  });
  await wanted(place, await place.start(), action);
  const begun = await http.ask("/approvals/login");
  const back = twin.login(begun.headers.get("location") ?? "", {
    subject: "lena",
    claims: { org_id: "acme", groups: ["leads"] },
    authTime: Math.floor(place.clock.now() / 1_000),
  });
  const page = await http.ask(`/approvals/login/callback?${new URLSearchParams(back).toString()}`);
  expect(page.status).toBe(200);
  expect(page.text).toContain("the end");
  expect(page.text).toContain("202e");
  expect(page.text).not.toContain("<script");
  expect(page.text.match(/<form /g)).toHaveLength(1);
  expect(page.text).not.toMatch(/[^\n\u0020-\u007e]/);
});
