import { inspect } from "node:util";
import { google } from "@watchword/adapter-google";
import { type Authority, Refusal, type SealedCredential } from "@watchword/core";
import type { GoogleMischief } from "@watchword/emulators/google";
import { describe, expect, test } from "vitest";
import { PROVIDER, authorityOf, bareContext, connection, googleFixture, mintFor } from "./google-fixture.ts";

const refused = (attempt: Promise<unknown>): Promise<Refusal> =>
  attempt.then(
    () => expect.fail("was not refused"),
    (error: unknown) => (Refusal.is(error) ? error : Promise.reject(error)),
  );
type Fixture = Awaited<ReturnType<typeof googleFixture>>;
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
const STAMP = { decisionId: "dec_x", idempotencyKey: "k" };

async function send({ adapter }: Fixture, authority: Authority, credential: SealedCredential) {
  const { url, method, headers, body } = adapter.inject(adapter.enforce(authority, BLANK, STAMP), credential);
  const answer = await fetch(url, {
    method,
    headers,
    body: body === undefined ? null : new Uint8Array(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}

const NAME = "2026/q3.txt";
const OTHER = "2026/q2.txt";
const TEXT = { content: "new\n", contentType: "text/plain" };

describe.each([["bucket"], ["prefix"]] as const)(
  "by tenancy %s, a token opens its own object and nothing else",
  (tenancy) => {
    const made = () => googleFixture({ options: { tenancy } });
    const bucket = tenancy === "bucket" ? "acme-reports" : "reports";
    const at = (name: string): string => (tenancy === "bucket" ? name : `acme/${name}`);

    test("one to read one: not another, not the list, not a write", async () => {
      await using fixture = await made();
      const { adapter, own, other, twin } = fixture;
      const { credential } = await mintFor(adapter, own, "storage.objects.get", { name: NAME });
      const generation = String(twin.object(bucket, at(NAME))?.generation);
      const tried = (name: string, values: object) =>
        send(fixture, authorityOf(adapter, own, `storage.objects.${name}`, { ...values }), credential);
      expect(await tried("get", { name: NAME })).toBe(200);
      expect(await tried("get", { name: OTHER })).toBe(403);
      expect(await tried("list", { prefix: "2026/", limit: 10 })).toBe(403);
      expect(await tried("create", { name: "2026/q4.txt", ...TEXT })).toBe(403);
      expect(await tried("replace", { name: NAME, ...TEXT, generation })).toBe(403);
      expect(await tried("delete", { name: NAME, generation })).toBe(403);
      const theirs = authorityOf(adapter, other, "storage.objects.get", { name: NAME });
      expect(await send(fixture, theirs, credential)).toBe(403);
      expect(twin.names(bucket).filter((name) => name.startsWith(at("")))).toEqual([at(OTHER), at(NAME)]);
    });

    test("one to list: below its prefix, and no object", async () => {
      await using fixture = await made();
      const { adapter, own } = fixture;
      const { credential } = await mintFor(adapter, own, "storage.objects.list", {
        prefix: "2026/",
        limit: 10,
      });
      const list = (prefix: string) =>
        send(fixture, authorityOf(adapter, own, "storage.objects.list", { prefix, limit: 5 }), credential);
      expect([await list("2026/"), await list("2026/q3"), await list(""), await list("2025/")]).toEqual([
        200, 200, 403, 403,
      ]);
      const read = authorityOf(adapter, own, "storage.objects.get", { name: NAME });
      expect(await send(fixture, read, credential)).toBe(403);
    });

    test("one to create: what is there stays as it is", async () => {
      await using fixture = await made();
      const { adapter, own, twin } = fixture;
      const create = (name: string) => ({ name, ...TEXT });
      const fresh = await mintFor(adapter, own, "storage.objects.create", create("2026/q4.txt"));
      const authority = authorityOf(adapter, own, "storage.objects.create", create("2026/q4.txt"));
      expect([
        await send(fixture, authority, fresh.credential),
        await send(fixture, authority, fresh.credential),
      ]).toEqual([200, 403]);
      expect(twin.object(bucket, at("2026/q4.txt"))).toMatchObject({
        content: "new\n",
        metadata: { "watchword-decision": "dec_x" },
      });
      const there = await mintFor(adapter, own, "storage.objects.create", create(NAME));
      const over = authorityOf(adapter, own, "storage.objects.create", create(NAME));
      expect(await send(fixture, over, there.credential)).toBe(403);
      expect(twin.object(bucket, at(NAME))?.content).not.toBe("new\n");
    });
  },
);

test("a replacement is of one generation: what changed meanwhile is left as it is", async () => {
  await using fixture = await googleFixture();
  const { adapter, own, twin } = fixture;
  const replace = (generation: string) => ({ name: NAME, ...TEXT, generation });
  const now = String(twin.object("acme-reports", NAME)?.generation);
  const { credential } = await mintFor(adapter, own, "storage.objects.replace", replace(now));
  const authority = (generation: string) =>
    authorityOf(adapter, own, "storage.objects.replace", replace(generation));
  expect(await send(fixture, authority("17"), credential)).toBe(412);
  expect(await send(fixture, authority(now), credential)).toBe(200);
  expect(await send(fixture, authority(now), credential)).toBe(412);
});

test("a token ends with its lease, by Google's own clock", async () => {
  const clock = { at: Date.now(), now: () => clock.at };
  await using fixture = await googleFixture({ clock });
  const now = Math.floor(clock.at / 1_000);
  const context = {
    ...bareContext(fixture.own, clock),
    minting: { decisionId: "dec_x", leaseEndsAt: now + 20 },
  };
  const authority = authorityOf(fixture.adapter, fixture.own, "storage.objects.get");
  const { credential, nativeExpiresAt } = await fixture.adapter.mint(authority, context);
  expect(nativeExpiresAt).toBe(now + 20);
  expect(await send(fixture, authority, credential)).toBe(200);
  clock.at += 20_000;
  expect(await send(fixture, authority, credential)).toBe(401);
  const late = await refused(fixture.adapter.mint(authority, { ...context, clock }));
  expect(late.reason).toBe("lease_expired");
});

test.for<GoogleMischief>(["long-life", "not-cut-down", "other-type", "refresh-token"])(
  "an answer that is more than was asked (%s) is refused, and nobody gets it",
  async (mischief) => {
    await using fixture = await googleFixture();
    fixture.twin.misbehave(mischief);
    const refusal = await refused(mintFor(fixture.adapter, fixture.own, "storage.objects.get"));
    expect(refusal.reason).toBe("downstream_unavailable");
    for (const { token } of fixture.twin.tokens)
      expect(inspect(refusal, { depth: null, showHidden: true })).not.toContain(token);
  },
);

test.for([
  [
    "a service account that the tenant's subject may not use",
    { serviceAccount: "globex" },
    /workloadIdentityUser/,
  ],
  ["an address that is none", { serviceAccount: "x/../y" }, /must be name@project/],
] as const)("%s gives nothing, with what to do next", async ([, { serviceAccount }, message]) => {
  await using fixture = await googleFixture();
  const at = connection("acme", "acme-reports", serviceAccount);
  const refusal = await refused(mintFor(fixture.adapter, at, "storage.objects.get"));
  expect(refusal.message).toMatch(message);
  expect(fixture.twin.requests.filter(({ kind }) => kind === "mint")).toEqual([]);
});

test("a federation token for another audience, and none at all, get nothing", async () => {
  await using fixture = await googleFixture({ options: { audience: "https://somebody.example" } });
  const refusal = await refused(mintFor(fixture.adapter, fixture.own, "storage.objects.get"));
  expect(refusal.message).toMatch(/compare issuer, audience/);
  const alone = google({ provider: PROVIDER, baseUrl: fixture.twin.url });
  const authority = authorityOf(alone, fixture.own, "storage.objects.get");
  expect((await refused(alone.mint(authority, bareContext(fixture.own)))).reason).toBe(
    "configuration_invalid",
  );
});

test("the self-check finds a bucket that heeds no access boundary", async () => {
  const loose = {
    objects: {},
    admins: ["acme-agents@acme-prod.iam.gserviceaccount.com"],
    uniformAccess: false,
  };
  await using fixture = await googleFixture({ twin: { buckets: { "acme-reports": loose } } });
  expect(await fixture.adapter.selfCheck(bareContext(fixture.own))).toMatchObject([
    { severity: "error", text: expect.stringMatching(/uniform bucket-level access/) as unknown },
  ]);
});

test("an account is written as its tenancy says, in one spelling", async () => {
  await using fixture = await googleFixture();
  for (const account of [
    "Acme-reports",
    "acme.reports",
    "acme-reports/x",
    "",
    "acme-reports ",
    "аcme-reports",
  ])
    expect(() => authorityOf(fixture.adapter, { ...fixture.own, account }, "storage.objects.get")).toThrow(
      /is written bucket under/,
    );
});

describe("options are refused at construction", () => {
  test.for<[string, object, RegExp]>([
    ["a provider by its short name", { provider: "watchword" }, /must be projects/],
    ["a twin on another machine", { provider: PROVIDER, baseUrl: "https://evil.example" }, /loopback/],
    ["a life of more than an hour", { provider: PROVIDER, lifeSeconds: 3_601 }, /3600/],
    ["a typo", { provider: PROVIDER, lifeSecond: 1 }, /lifeSecond/],
  ])("%s", ([, options, message]) => {
    expect(() => google(options as never)).toThrow(message);
  });
});
