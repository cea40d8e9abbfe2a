import { inspect } from "node:util";
import { snowflake } from "@watchword/adapter-snowflake";
import {
  type AdapterContext,
  type DownstreamOutcome,
  SealedCredential,
  generateSigner,
  newAction,
  systemClock,
} from "@watchword/core";
import { afterEach, describe, expect, test } from "vitest";
import { orders } from "./orders-statements.ts";
import {
  ACCOUNT,
  DECISION,
  type FixtureChanges,
  OTHER,
  connection,
  signFederation,
  snowflakeFixture,
} from "./snowflake-fixture.ts";

const AUDIENCE = `https://${ACCOUNT}.snowflakecomputing.com`;
type Fixture = Awaited<ReturnType<typeof snowflakeFixture>>;

let opened: Fixture | undefined;
afterEach(() => opened?.[Symbol.asyncDispose]());
async function open(changes: FixtureChanges = {}): Promise<Fixture> {
  return (opened = await snowflakeFixture(changes));
}

function context(own = connection("acme", ACCOUNT), signal = new AbortController().signal): AdapterContext {
  return { connection: own, fetch: (input, init) => fetch(input, init), clock: systemClock, signal };
}
const NAMES = { "orders.of_customer": "ordersOfCustomer", "orders.close": "ordersClose" } as const;

async function authorityOf({ adapter, own }: Fixture, operation: keyof typeof NAMES) {
  const action = newAction({
    system: "warehouse",
    operation,
    resource: {},
    arguments: orders.statements[NAMES[operation]].example,
  });
  const facts = await adapter.resolve(action, context(own));
  return adapter.plan({ ...action, ...adapter.complete(action, facts, own.account) });
}

/** Sends the statement with a token; gives status and code. */
async function send(fixture: Fixture, operation: keyof typeof NAMES, token: SealedCredential) {
  const { adapter } = fixture;
  const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
  const stamp = { decisionId: "dec_1", idempotencyKey: "key_1" };
  const request = adapter.inject(adapter.enforce(await authorityOf(fixture, operation), blank, stamp), token);
  const body = request.body === undefined ? null : new Uint8Array(request.body);
  const response = await fetch(request.url, {
    method: request.method,
    headers: { ...request.headers },
    body,
  });
  return [response.status, ((await response.json()) as { code: string }).code] as const;
}
const effects = ({ twin }: Fixture) => twin.requests.filter(({ kind }) => kind === "effect");

describe("a mint", () => {
  test.for<[string, Readonly<Record<string, unknown>>]>([
    ["another audience", { aud: `https://${OTHER}.snowflakecomputing.com` }],
    ["one role more", { scp: ["session:role:AGENT_RO", "session:role:AGENT_RW"] }],
    ["another role", { scp: ["session:role:AGENT_RW"] }],
    ["any role", { scp: ["session:role-any"] }],
    ["an hour", { exp: Math.floor(systemClock.now() / 1_000) + 3_600 }],
  ])("that gives %s is wider than what was planned", async ([, claims]) => {
    const fixture = await open({ claims });
    const authority = await authorityOf(fixture, "orders.of_customer");
    const { granted } = await fixture.adapter.mint(authority, context());
    expect(fixture.adapter.covers(authority, granted)).toBe(false);
  });

  test("is refused for another tenant's account, for a place that the connection has not, and without an issuer", async () => {
    const fixture = await open();
    const authority = await authorityOf(fixture, "orders.of_customer");
    await expect(fixture.adapter.mint(authority, context(fixture.other))).rejects.toMatchObject({
      reason: "tenant_mismatch",
    });
    const elsewhere = { ...authority, resource: { ...authority.resource, role: "ACCOUNTADMIN" } };
    await expect(fixture.adapter.mint(elsewhere, context())).rejects.toMatchObject({
      reason: "tenant_mismatch",
    });
    await expect(snowflake(orders).mint(authority, context())).rejects.toMatchObject({
      reason: "configuration_invalid",
    });
    expect(fixture.twin.requests).toEqual([]);
  });
});

describe("a token at the twin", () => {
  const login = { tenant: "acme" };
  const reader = { scp: ["session:role:AGENT_RO"] };

  test("of the reader makes no change, whatever statement of the catalogue it comes with", async () => {
    const fixture = await open();
    const token = await signFederation(fixture.signer, login, AUDIENCE, reader);
    expect(await send(fixture, "orders.of_customer", token)).toEqual([200, "090001"]);
    // The request says the writer's role, which this token does not name.
    expect(await send(fixture, "orders.close", token)).toEqual([401, "390317"]);
    expect(effects(fixture)).toEqual([]);
  });

  test.for<[string, (fixture: Fixture) => Promise<SealedCredential>, string]>([
    [
      "of a stranger's key",
      async () => signFederation(await generateSigner(), login, AUDIENCE, reader),
      "390303",
    ],
    [
      "for another account",
      ({ signer }) => signFederation(signer, login, `https://${OTHER}.snowflakecomputing.com`, reader),
      "390303",
    ],
    [
      "of another tenant",
      ({ signer }) => signFederation(signer, { tenant: "globex" }, AUDIENCE, reader),
      "390303",
    ],
    [
      "of another tenant whose id looks alike",
      ({ signer }) => signFederation(signer, { tenant: "ACME" }, AUDIENCE, reader),
      "390303",
    ],
    [
      "that is over",
      ({ signer }) =>
        signFederation(
          signer,
          { ...login, clock: { now: () => systemClock.now() - 61_000 } },
          AUDIENCE,
          reader,
        ),
      "390318",
    ],
    [
      "for an administrator",
      ({ signer }) => signFederation(signer, login, AUDIENCE, { scp: ["session:role:ACCOUNTADMIN"] }),
      "390317",
    ],
    ["for no role", ({ signer }) => signFederation(signer, login, AUDIENCE), "390317"],
  ])("%s is refused, and nothing is read", async ([, make, code]) => {
    const fixture = await open();
    expect(await send(fixture, "orders.of_customer", await make(fixture))).toEqual([401, code]);
    expect(fixture.twin.requests.map(({ kind }) => kind)).toEqual(["refused"]);
  });
});

describe("a handle", () => {
  const read = (statement: string, more: object = {}) =>
    newAction({
      system: "warehouse",
      operation: "results.read",
      resource: {},
      arguments: { statement, ...more },
    });
  const plan = async ({ adapter, own }: Fixture, action: ReturnType<typeof read>) => {
    const facts = await adapter.resolve(action, context(own));
    return adapter.plan({ ...action, ...adapter.complete(action, facts, own.account) });
  };

  test("that this run did not get is planned for nobody, whatever decision is named", async () => {
    const fixture = await open();
    const stranger = "01aaaaaa-0000-4e5f-0000-0a1b2c3d4e5f";
    for (const more of [{}, { decision: DECISION }])
      await expect(plan(fixture, read(stranger, more))).rejects.toMatchObject({ reason: "condition_failed" });
    await expect(plan(fixture, read(fixture.handles.done, { decision: "dec_other" }))).rejects.toMatchObject({
      reason: "condition_failed",
    });
    expect(fixture.twin.requests).toEqual([]);
  });

  test("of a look-up without the broker's records is nobody's", async () => {
    const fixture = await open();
    const plain = snowflake(orders);
    const facts = await plain.resolve(read(fixture.handles.done), context());
    expect(facts.values).not.toHaveProperty("origin");
  });
});

describe("the end of a lease", () => {
  const ended = async (outcomes: (fixture: Fixture) => readonly DownstreamOutcome[]) => {
    const fixture: Fixture = await open({ outcomes: async () => outcomes(fixture) });
    const token = await signFederation(fixture.signer, { tenant: "acme" }, AUDIENCE, {
      scp: ["session:role:AGENT_RO"],
    });
    return { fixture, end: () => fixture.adapter.revoke(token, context()) };
  };
  const running = ({ handles }: Fixture) => [
    { effect: "done", ids: { statement: handles.running }, status: 202 } as const,
  ];

  test("cancels what still runs, and asks nothing about what was answered", async () => {
    const { fixture, end } = await ended(running);
    expect(await end()).toBe("revoked");
    expect(fixture.twin.stateOf(ACCOUNT, fixture.handles.running)).toBe("cancelled");
    // What is over by itself needs no cancelling.
    expect(await end()).toBe("injected_only");
    await fixture[Symbol.asyncDispose]();
    const answered = await ended(({ handles }) => [
      { effect: "done", ids: { statement: handles.done }, status: 200 },
    ]);
    expect(await answered.end()).toBe("injected_only");
    expect(answered.fixture.twin.requests).toEqual([]);
  });

  test.for(["down", "500", "429", "redirect", "garbage"] as const)(
    "says that it is not known while the system is %s",
    async (mode) => {
      const { fixture, end } = await ended(running);
      fixture.twin.fail(mode);
      const told = await end().catch((error: unknown) => String(error));
      expect(told).not.toMatch(/^(?:revoked|injected_only)$/);
      expect(told).not.toContain("Bearer");
      fixture.twin.fail(null);
      expect(await end()).toBe("revoked");
    },
  );
});

describe("the self-check", () => {
  const errors = async (fixture: Fixture, own = fixture.own) =>
    (await fixture.adapter.selfCheck(context(own)))
      .filter(({ severity }) => severity === "error")
      .map(({ text }) => text);

  test("says so when the account is another, the role is missing, or other roles are active beside it", async () => {
    const fixture = await open({ secondaryRoles: "ALL" });
    // Of the reading role, and of the writing one.
    expect(await errors(fixture)).toEqual([
      expect.stringMatching(/secondary roles/),
      expect.stringMatching(/secondary roles/),
    ]);
    expect(await errors(fixture, connection("acme", OTHER))).toEqual([
      expect.stringMatching(/required.*held/),
    ]);
    expect(await errors(fixture, connection("acme", "ACME-PROD"))).toEqual([
      expect.stringMatching(/lower case/),
    ]);
    const bare = snowflake({ statements: orders.statements });
    expect(await bare.selfCheck(context())).toMatchObject([
      { severity: "error", text: /no setting warehouse/ },
    ]);
  });

  test("is an error where the account gives roles that a token does not name", async () => {
    const fixture = await open({ anyRole: true });
    expect(await errors(fixture)).toEqual([expect.stringMatching(/ANY_ROLE_MODE/)]);
  });

  test("asks for both roles, and warns of those that no statement needs", async () => {
    const fixture = await open();
    const found = await fixture.adapter.selfCheck(context());
    expect(found.filter(({ severity }) => severity !== "ok")).toEqual([
      { severity: "warning", text: expect.stringMatching(/1 more/) as string },
    ]);
    expect(fixture.twin.requests.map(({ kind, role, status }) => [kind, role, status])).toEqual([
      ["resolve", "AGENT_RO", 200],
      ["resolve", "AGENT_RW", 200],
      ["resolve", undefined, 401],
    ]);
  });

  test.for(["down", "slow", "drip", "garbage", "redirect", "429", "500"] as const)(
    "is an error while the system is %s, and holds no token",
    async (mode) => {
      const fixture = await open();
      fixture.twin.fail(mode);
      const signal =
        mode === "slow" || mode === "drip" ? AbortSignal.timeout(150) : new AbortController().signal;
      const found = await fixture.adapter.selfCheck(context(fixture.own, signal));
      expect(found).toMatchObject([{ severity: "error" }]);
      expect(inspect(found)).not.toContain("eyJ");
    },
  );
});

test("where a statement runs may be each connection's own", async () => {
  const { statements } = orders;
  const adapter = snowflake({ statements });
  const settings = {
    role: "ACME_RO",
    writeRole: "ACME_RW",
    warehouse: "ACME_WH",
    database: "ACME",
    schema: "PUBLIC",
  };
  const place = async (operation: string, changed = settings) => {
    const action = newAction({ system: "warehouse", operation, resource: {}, arguments: {} });
    const facts = await adapter.resolve(action, context(connection("acme", ACCOUNT, changed)));
    return adapter.complete(action, facts, ACCOUNT).resource;
  };
  expect(await place("orders.of_customer")).toEqual({
    account: ACCOUNT,
    role: "ACME_RO",
    warehouse: "ACME_WH",
    database: "ACME",
    schema: "PUBLIC",
  });
  expect(await place("orders.close")).toMatchObject({ role: "ACME_RW" });
  const invalid = { reason: "configuration_invalid" };
  await expect(place("orders.close", { ...settings, writeRole: "ACME_RO" })).rejects.toMatchObject(invalid);
  await expect(place("orders.close", { ...settings, writeRole: "SYSADMIN" })).rejects.toMatchObject(invalid);
  await expect(place("orders.close", { ...settings, schema: "x; DROP" })).rejects.toMatchObject(invalid);
});

describe("an outcome", () => {
  const handle = "01b2c3d4-0000-4e5f-0000-0a1b2c3d4e5f";
  const outcome = async (operation: keyof typeof NAMES, status: number, body: object) => {
    const fixture = await open();
    const authority = await authorityOf(fixture, operation);
    return fixture.adapter.outcomeOf(authority, {
      status,
      headers: {},
      body: new TextEncoder().encode(JSON.stringify(body)),
    });
  };

  test("of a change that still runs is open, with the handle by which its lease's end finds it", async () => {
    expect(await outcome("orders.close", 202, { statementHandle: handle })).toEqual({
      effect: "unknown",
      ids: { statement: handle },
      status: 202,
    });
    expect(await outcome("orders.of_customer", 202, { statementHandle: handle })).toMatchObject({
      effect: "done",
      ids: { statement: handle },
    });
  });

  test.for([400, 401, 403, 404, 415, 422, 429])(
    "of a change is none after Snowflake's own %i",
    async (status) => {
      expect((await outcome("orders.close", status, { code: "002003", message: "x" })).effect).toBe("none");
      expect((await outcome("orders.close", status, { error: "x" })).effect).toBe("unknown");
    },
  );

  test.for([408, 500, 503])("of a change is unknown after %i", async (status) => {
    expect((await outcome("orders.close", status, { code: "000630", message: "x" })).effect).toBe("unknown");
  });
});
