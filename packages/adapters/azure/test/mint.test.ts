import { inspect } from "node:util";
import { type Clock, Refusal, newAction } from "@watchword/core";
import type { AzureMischief } from "@watchword/emulators/azure";
import { describe, expect, test } from "vitest";
import { azure } from "@watchword/adapter-azure";
import { APPS, DIRECTORY, authorityOf, azureFixture, bareContext, connection } from "./azure-fixture.ts";
import { ROLES, orders } from "./orders-declaration.ts";

const refused = (attempt: Promise<unknown>): Promise<Refusal> =>
  attempt.then(
    () => expect.fail("was not refused"),
    (error: unknown) => (Refusal.is(error) ? error : Promise.reject(error)),
  );
type Fixture = Awaited<ReturnType<typeof azureFixture>>;
const minted = ({ adapter, own }: Fixture, name = "refunds.create", at = own) =>
  adapter.mint(authorityOf(adapter, name), bareContext(at));
const asked = ({ twin }: Fixture) => twin.tokens.filter(({ clientId }) => clientId !== APPS.powerless);

describe("each operation gets the token of its own step's app", () => {
  test("a reader's for a read, a writer's for a write", async () => {
    await using fixture = await azureFixture();
    await minted(fixture, "orders.retrieve");
    await minted(fixture, "refunds.create");
    expect(asked(fixture)).toMatchObject([
      { clientId: APPS.reader, roles: ROLES.reader },
      { clientId: APPS.writer, roles: ROLES.writer },
    ]);
  });

  test("a reader's token writes nothing, whoever sends it", async () => {
    await using fixture = await azureFixture();
    const { credential } = await minted(fixture, "orders.retrieve");
    const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
    const write = authorityOf(fixture.adapter, "refunds.create");
    const request = fixture.adapter.inject(
      fixture.adapter.enforce(write, blank, { decisionId: "d", idempotencyKey: "k" }),
      credential,
    );
    const { url, method, headers } = request;
    const answer = await fetch(url, { method, headers, body: Buffer.from(request.body ?? []) });
    expect(answer.status).toBe(403);
    expect(fixture.twin.refunds("acme")).toEqual([]);
  });

  test("it ends by its own time, and not before: Entra ends none", async () => {
    const clock = { at: Date.now(), now: () => clock.at };
    await using fixture = await azureFixture({ clock });
    const { credential, nativeExpiresAt } = await fixture.adapter.mint(
      authorityOf(fixture.adapter, "orders.retrieve"),
      bareContext(fixture.own, clock),
    );
    expect(await fixture.adapter.revoke(credential, bareContext(fixture.own, clock))).toBe("injected_only");
    const token = asked(fixture)[0]?.token ?? "";
    expect(fixture.twin.alive(token)).toBe(true);
    clock.at = (nativeExpiresAt ?? 0) * 1_000;
    expect(fixture.twin.alive(token)).toBe(false);
  });
});

describe("a token that is not exactly the planned one", () => {
  test("of more roles: what was granted is what it says, and the broker sees it", async () => {
    await using fixture = await azureFixture();
    fixture.twin.misbehave("more-roles");
    const authority = authorityOf(fixture.adapter, "refunds.create");
    expect(fixture.adapter.covers(authority, (await minted(fixture)).granted)).toBe(false);
  });

  test.for<AzureMischief>([
    "other-audience",
    "other-directory",
    "other-app",
    "for-a-user",
    "long-life",
    "opaque",
  ])("%s: it is refused, and nobody gets it", async (mischief) => {
    await using fixture = await azureFixture();
    fixture.twin.misbehave(mischief);
    const refusal = await refused(minted(fixture));
    expect(refusal.reason).toBe("downstream_unavailable");
    expect(inspect(refusal, { depth: null })).not.toContain(asked(fixture)[0]?.token);
  });

  test("a look-up's, of more roles, reads nothing", async () => {
    await using fixture = await azureFixture();
    fixture.twin.misbehave("more-roles");
    const action = newAction({
      system: "shop",
      operation: "orders.retrieve",
      resource: {},
      arguments: { order: "ord_example" },
    });
    const refusal = await refused(fixture.adapter.resolve(action, bareContext(fixture.own)));
    expect(refusal.message).toMatch(/required: .*Orders\.Read.*held: one with other roles/);
    expect(fixture.twin.requests).toHaveLength(1);
  });
});

describe("what Entra says in a refusal", () => {
  test.for([
    [
      "an app that no federated credential trusts us for",
      connection("acme", APPS.stranger, APPS.stranger),
      700_211,
    ],
    ["another tenant's app", connection("acme", APPS.theirReader, APPS.theirWriter), 700_213],
    ["an app that is not there", connection("acme", DIRECTORY, DIRECTORY), 700_016],
  ] as const)("%s: by number, with what to do next, and in none of its words", async ([, at, number]) => {
    await using fixture = await azureFixture();
    const refusal = await refused(minted(fixture, "refunds.create", at));
    expect(refusal.reason).toBe("downstream_refused");
    expect(refusal.message).toMatch(new RegExp(`AADSTS${number}; required: .*; held: .*; next: `));
    expect(refusal.message).not.toMatch(/Trace|No matching|was not found/);
    expect(asked(fixture)).toEqual([]);
  });

  test("a number that nobody knows is not said again", async () => {
    await using fixture = await azureFixture();
    const body = { error: "canary", error_description: "canary", error_codes: [31_337] };
    const context = { ...bareContext(fixture.own), fetch: async () => Response.json(body, { status: 401 }) };
    const refusal = await refused(
      fixture.adapter.mint(authorityOf(fixture.adapter, "refunds.create"), context),
    );
    expect(refusal.message).not.toMatch(/canary|31337/);
  });
});

test("times are the broker's: an assertion of its clock is taken by an Entra of that clock", async () => {
  const clock: Clock = { now: () => Date.UTC(2031, 5, 1) };
  await using fixture = await azureFixture({ clock });
  const authority = authorityOf(fixture.adapter, "orders.retrieve");
  const { nativeExpiresAt } = await fixture.adapter.mint(authority, bareContext(fixture.own, clock));
  expect(nativeExpiresAt).toBe(Date.UTC(2031, 5, 1) / 1_000 + 3_599);
});

test("a connection without a directory or an app asks for nothing; nor does a broker that nobody vouches for", async () => {
  await using fixture = await azureFixture({ directory: false });
  for (const settings of [
    {},
    { directory: DIRECTORY },
    { directory: "common", clients: { writer: APPS.writer } },
  ]) {
    const refusal = await refused(minted(fixture, "refunds.create", { ...fixture.own, settings }));
    expect(refusal.reason).toBe("configuration_invalid");
  }
  const alone = azure({
    ...orders,
    baseUrl: fixture.twin.url,
    entra: {
      resource: "api://orders",
      directory: DIRECTORY,
      apps: { all: { clientId: APPS.writer, roles: ROLES.writer } },
      use: { ordersRetrieve: "all", refundsCreate: "all", ordersCancel: "all" },
      check: "all",
      loginUrl: fixture.twin.url,
    },
  });
  const refusal = await refused(alone.mint(authorityOf(alone, "refunds.create"), bareContext(fixture.own)));
  expect(refusal.reason).toBe("configuration_invalid");
  expect(fixture.twin.requests).toEqual([]);
});

describe("the self-check", () => {
  test("says of each step whether its app has the declared roles and no other", async () => {
    await using fixture = await azureFixture();
    expect(await fixture.adapter.selfCheck(bareContext(fixture.own))).toMatchObject([
      { severity: "ok" },
      { severity: "ok", text: "step reader: the app has Orders.Read, and no other role" },
      { severity: "ok", text: "step writer: the app has Orders.ReadWrite, and no other role" },
    ]);
    const swapped = connection("acme", APPS.writer, APPS.writer);
    expect(await fixture.adapter.selfCheck(bareContext(swapped))).toMatchObject([
      { severity: "error" },
      {
        severity: "error",
        text: "step reader: the app has 1 roles that are not declared, and lacks Orders.Read; give it exactly the declared ones",
      },
      { severity: "ok" },
    ]);
  });
});

describe("a declaration is refused at construction", () => {
  const entra = {
    resource: "api://orders",
    directory: DIRECTORY,
    apps: { reader: { roles: ["Orders.Read"] }, writer: { roles: ["Orders.ReadWrite"] } },
    use: { ordersRetrieve: "reader", refundsCreate: "writer", ordersCancel: "writer" },
    check: "reader",
  } as const;
  test.for<[string, object, RegExp]>([
    ["an operation without a step", { use: { ordersRetrieve: "reader" } }, /must name a step of apps/],
    ["a step that is none", { use: { ...entra.use, ordersCancel: "admin" } }, /must name a step of apps/],
    [
      "a step for what is not declared",
      { use: { ...entra.use, ordersDelete: "writer" } },
      /is no declared operation/,
    ],
    ["a check without a step", { check: "nobody" }, /must name a step of apps/],
    ["an app without roles", { apps: { ...entra.apps, reader: { roles: [] } } }, /roles/],
    ["a directory by name", { directory: "acme.onmicrosoft.com" }, /must be a GUID/],
    ["a login of another host", { loginUrl: "https://login.evil.example" }, /loopback host/],
    ["a resource with a final slash", { resource: "https://vault.azure.net/" }, /final slash/],
    ["a typo", { resorce: "x" }, /resorce/],
  ])("%s", ([, changes, message]) => {
    expect(() => azure({ ...orders, entra: { ...entra, ...changes } })).toThrow(message);
  });
});
