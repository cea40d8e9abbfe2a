import { inspect } from "node:util";
import { Refusal } from "@watchword/core";
import { type AwsTwin, awsTwin } from "@watchword/emulators/aws";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aws } from "../src/index.ts";
import {
  ACME,
  type TestIssuer,
  accountsOf,
  authorityOf,
  connection,
  contextOf,
  optionsFor,
  testIssuer,
} from "./aws-fixture.ts";

let issuer: TestIssuer;
let twin: AwsTwin;
beforeEach(async () => {
  issuer = await testIssuer();
  twin = await awsTwin({ accounts: accountsOf("account"), issuers: [issuer.keys] });
});
afterEach(() => twin.close());

type Change = (text: string, answer: Response) => Response | string;

/** A mint whose answers somebody on the way changes; what came of it, and how often AWS was asked. */
async function mint(change: Change) {
  const adapter = aws(optionsFor(twin));
  const authority = authorityOf(adapter, "s3.objects.get", { bucket: "reports", key: "2026/q3.txt" });
  const outcome = await adapter
    .mint(
      authority,
      contextOf(issuer, connection("acme", ACME), {
        fetch: async (input, init) => {
          const answer = await fetch(input, init);
          const changed = change(await answer.text(), answer);
          if (typeof changed !== "string") return changed;
          return new Response(changed, { status: answer.status, headers: answer.headers });
        },
      }),
    )
    .then(
      ({ granted }) => (adapter.covers(authority, granted) ? "within" : "wider"),
      (error: unknown) => Refusal.from(error, "internal"),
    );
  return { outcome, asked: twin.requests.length };
}
const first =
  (from: RegExp | string, to: string): Change =>
  (text) =>
    text.includes("AssumeRoleWithWebIdentityResult") ? text.replace(from, to) : text;
const last =
  (from: RegExp | string, to: string): Change =>
  (text) =>
    text.includes("GetScopedCredentialsResult") ? text.replace(from, to) : text;

test("an answer that nobody changed is within what was asked for", async () => {
  expect(await mint((text) => text)).toEqual({ outcome: "within", asked: 2 });
});

test.for<[string, Change]>([
  ["is more than full", first(/<PackedPolicySize>\d+</, "<PackedPolicySize>101<")],
  ["is full of no number", first(/<PackedPolicySize>\d+</, "<PackedPolicySize>x<")],
  ["has no key", first(/<SecretAccessKey>[^<]+</, "<SecretAccessKey><")],
  [
    "has two",
    first(
      "</SecretAccessKey>",
      "</SecretAccessKey><SecretAccessKey>another-key-of-somebody</SecretAccessKey>",
    ),
  ],
  ["has a token with a line in it", first("<SessionToken>", "<SessionToken>x&#10;")],
  ["ends at no time", first(/<Expiration>[^<]+</, "<Expiration>later<")],
  ["is a user's", first(/:sts:(:\d+:)assumed-role/, ":iam:$1user")],
  ["is of nobody", first(/<Arn>[^<]+<\/Arn>/, "")],
  ["is another decision's", first(/<SourceIdentity>[^<]+</, "<SourceIdentity>dec_other<")],
  ["is no XML to its end", first(/$/, "<!-- -->")],
  ["is another operation's", first(/AssumeRoleWithWebIdentity/g, "AssumeRole")],
])("a first session that %s is none, and nothing is asked with it", async ([, change]) => {
  const { outcome, asked } = await mint(change);
  expect([outcome, asked]).toEqual([expect.objectContaining({ reason: "downstream_unavailable" }), 1]);
});

test.for<[string, Change, string]>([
  ["is of another role", last("assumed-role/watchword/", "assumed-role/admin/"), "downstream_unavailable"],
  ["is of another session", last("/watchword</Arn>", "/another</Arn>"), "downstream_unavailable"],
  ["does not say that it is narrowed", last(/<ScopedPoliciesCount>\d+<\/ScopedPoliciesCount>/, ""), "wider"],
  ["says so without a number", last(/<ScopedPoliciesCount>\d+</, "<ScopedPoliciesCount>x<"), "wider"],
  [
    "lives a day",
    last(/<Expiration>[^<]+</, `<Expiration>${new Date(Date.now() + 86_400_000).toISOString()}<`),
    "wider",
  ],
  ["has no token", last(/<SessionToken>[^<]+</, "<SessionToken><"), "downstream_unavailable"],
])("a narrowed session that %s is given to nobody", async ([, change, expected]) => {
  const { outcome } = await mint(change);
  expect(outcome instanceof Refusal ? outcome.reason : outcome).toBe(expected);
});

test("without AWS's own time a session is measured by this machine's", async () => {
  const timeless: Change = (text, answer) => new Response(text, { status: answer.status });
  expect((await mint(timeless)).outcome).toBe("within");
});

test.for<[string, Change]>([
  ["an error with no code", () => new Response("<ErrorResponse><Error/></ErrorResponse>", { status: 403 })],
  [
    "an error of another form",
    () => new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 }),
  ],
  ["a page", () => new Response("<html><body>canary</body></html>", { status: 403 })],
  [
    "a code that is a sentence",
    () =>
      new Response("<ErrorResponse><Error><Code>canary is here</Code></Error></ErrorResponse>", {
        status: 400,
      }),
  ],
  [
    "trouble with a code",
    () =>
      new Response("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", {
        status: 502,
      }),
  ],
  [
    "a success that is an error",
    () => new Response("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"),
  ],
  ["more than is read", () => new Response("x".repeat(70_000))],
])("%s proves nothing, and is not quoted", async ([, change]) => {
  const { outcome } = await mint(change);
  expect(outcome).toMatchObject({ reason: "downstream_unavailable" });
  expect(inspect(outcome, { depth: 9, showHidden: true })).not.toContain("canary");
});
