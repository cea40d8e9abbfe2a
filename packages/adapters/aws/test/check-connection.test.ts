import { type AwsTwin, type AwsTwinOptions, awsTwin } from "@watchword/emulators/aws";
import { expect, test } from "vitest";
import { aws } from "../src/index.ts";
import { explainCode } from "../src/sts-code.ts";
import {
  ACME,
  AUDIENCE,
  ISSUER,
  accountsOf,
  connection,
  contextOf,
  optionsFor,
  roleOf,
  testIssuer,
} from "./aws-fixture.ts";

/** What the check says of a connection, and the twin that it asked. */
async function check(
  accounts: AwsTwinOptions["accounts"],
  changes: { to?: ReturnType<typeof connection>; prepare?: (twin: AwsTwin) => void; tenancy?: "prefix" } = {},
) {
  const issuer = await testIssuer();
  const { to = connection("acme", ACME), prepare, tenancy = "account" } = changes;
  await using twin = await awsTwin({ accounts, issuers: [issuer.keys] });
  prepare?.(twin);
  const findings = await aws(optionsFor(twin, { tenancy })).selfCheck(contextOf(issuer, to));
  return { findings, requests: twin.requests, sessions: twin.sessions() };
}
const roleWith = (trust: object) => [
  { id: ACME, roles: [roleOf("acme", { trust: { issuer: ISSUER, audiences: [AUDIENCE], ...trust } })] },
];
const error = (text: string) => [{ severity: "error", text: expect.stringContaining(text) as unknown }];

test("a connection is good whose role trusts this broker for this tenant alone; what was made to see it can do nothing", async () => {
  const { findings, requests, sessions } = await check(accountsOf("account"));
  expect(findings).toEqual([
    { severity: "ok", text: `role watchword of account ${ACME} trusts this broker, and is narrowed` },
  ]);
  // The last is the token for another audience, which AWS refused.
  expect(requests.map(({ kind, status }) => [kind, status])).toEqual([
    ["resolve", 200],
    ["resolve", 200],
    ["resolve", 400],
  ]);
  expect(sessions.at(-1)).toMatchObject({ scoped: 1, sourceIdentity: "watchword" });
});

test("a tenant's prefix in a shared account is a connection like any other", async () => {
  const to = connection("acme", `${ACME}/acme`);
  const { findings } = await check(accountsOf("prefix"), { to, tenancy: "prefix" });
  expect(findings).toMatchObject([{ severity: "ok" }]);
});

test("a role that takes tokens for any audience is an error: another system's token would open it", async () => {
  const { findings } = await check(roleWith({ audiences: undefined, subject: "tenant:acme:system:cloud" }));
  expect(findings).toEqual(error("pin aud"));
});

test.for<[string, AwsTwinOptions["accounts"], string]>([
  ["trusts another tenant", roleWith({ subject: "tenant:globex:system:cloud" }), "AccessDenied"],
  ["trusts another issuer", roleWith({ issuer: "https://other.example" }), "AccessDenied"],
  ["may not be tagged", roleWith({ actions: ["sts:AssumeRoleWithWebIdentity"] }), "sts:TagSession"],
  ["is not there", [{ id: ACME, roles: [] }], "required: a role"],
])("a role that %s is an error, with what is required", async ([, accounts, text]) => {
  const { findings } = await check(accounts);
  expect(findings).toEqual(error(text));
});

test.for(["unscoped", "other-account", "nameless", "same"] as const)(
  "an answer that is not what was asked for is an error: %s",
  async (mistake) => {
    const { findings } = await check(accountsOf("account"), { prepare: (twin) => twin.mistake(mistake) });
    expect(findings).toMatchObject([{ severity: "error" }]);
  },
);

test.for(["down", "500", "429", "garbage"] as const)("AWS that is %s is an error", async (mode) => {
  const { findings } = await check(accountsOf("account"), { prepare: (twin) => twin.fail(mode) });
  expect(findings).toEqual(error(mode === "429" ? "rate_limited" : "downstream_unavailable"));
});

test("an account that is none is an error, and nobody is asked", async () => {
  const { findings, requests } = await check(accountsOf("account"), { to: connection("acme", "acme") });
  expect(findings).toEqual(error("123456789012"));
  expect(requests).toEqual([]);
});

test.for(["IDPCommunicationError", "InternalFailure", "ServiceUnavailable"])(
  "what AWS cannot do at the moment is no definite no: %s",
  (code) => {
    expect(explainCode("AssumeRoleWithWebIdentity", code).reason).toBe("downstream_unavailable");
    expect(explainCode("AssumeRoleWithWebIdentity", `${code}s`).reason).toBe("downstream_refused");
  },
);
