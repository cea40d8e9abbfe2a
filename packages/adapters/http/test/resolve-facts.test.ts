import {
  type Adapter,
  type Connection,
  Refusal,
  type ValueMap,
  newAction,
  systemClock,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { http } from "@watchword/adapter-http";
import { connection, headerFixture, keyFixture, pathFixture, sharedFixture } from "./http-fixture.ts";
import { orders } from "./orders-declaration.ts";

const action = (operation: string, values: ValueMap) =>
  newAction({ system: "shop", operation, resource: {}, arguments: values });
const contextOf = (connected: Connection, fetcher: typeof fetch = fetch) => ({
  connection: connected,
  fetch: fetcher,
  clock: systemClock,
  signal: AbortSignal.timeout(2_000),
});
const answering =
  (body: unknown): typeof fetch =>
  async () =>
    Response.json(body);
const cancel = (order: string) => action("orders.cancel", { order });

async function refusal(attempt: () => unknown): Promise<readonly [string, string | undefined]> {
  try {
    await attempt();
  } catch (error) {
    if (Refusal.is(error)) return [error.reason, error.failedFact];
    throw error;
  }
  throw new Error("was not refused");
}

const FACTS = { currency: "USD", amount: 4200, refunded: 500, status: "paid" };

describe("whose an object is", () => {
  test("under a header: the account that the object names, with the declared facts alone", async () => {
    await using fixture = await headerFixture();
    const facts = await fixture.adapter.resolve(cancel("ord_example"), contextOf(fixture.own));
    expect(facts).toEqual({ owners: { order: "tenant" }, values: { order: FACTS } });
    expect(fixture.twin.requests).toMatchObject([
      { kind: "resolve", method: "GET", path: "/v1/orders/ord_example", account: "acme" },
    ]);
  });

  test("in the path: the connection's account, whatever the action would be about", async () => {
    await using fixture = await pathFixture();
    const facts = await fixture.adapter.resolve(
      action("orders.retrieve", { order: "ord_example" }),
      contextOf(fixture.own),
    );
    expect(facts).toEqual({ owners: { order: "tenant" }, values: { order: FACTS } });
    expect(fixture.twin.requests).toMatchObject([{ path: "/v1/accounts/acme/orders/ord_example" }]);
  });

  test("with a key of the tenant's own: what the key shows", async () => {
    await using fixture = await keyFixture();
    const read = (order: string) =>
      fixture.adapter.resolve(action("orders.retrieve", { order }), contextOf(fixture.own));
    expect((await read("ord_acme")).owners).toEqual({ order: "tenant" });
    expect(await read("ord_globex")).toEqual({ owners: { order: "unknown" }, values: {} });
  });

  test("in a shared account: the tenant that the object names; no name is nobody's", async () => {
    await using fixture = await sharedFixture();
    const read = (order: string) => fixture.adapter.resolve(cancel(order), contextOf(fixture.own));
    expect((await read("ord_example")).owners).toEqual({ order: "tenant" });
    expect(await read("ord_globex")).toEqual({ owners: { order: "other" }, values: {} });
    expect(await read("ord_unmarked")).toEqual({ owners: { order: "unknown" }, values: {} });
  });

  test.for([
    { why: "another object", body: { id: "ord_2", account: "acme" } },
    { why: "no object", body: [] },
    { why: "an object without an id", body: { account: "acme" } },
  ])("an answer that is $why says nothing", async ({ body }) => {
    const attempt = () =>
      http(orders).resolve(cancel("ord_1"), contextOf(connection("acme", "acme"), answering(body)));
    expect((await refusal(attempt))[0]).toBe("downstream_unavailable");
  });

  test.for([
    { owner: "globex", found: "other" },
    { owner: 7, found: "unknown" },
    { owner: undefined, found: "unknown" },
    { owner: ["acme"], found: "unknown" },
  ])("an object whose owner is $owner is $found", async ({ owner, found }) => {
    const body = { id: "ord_1", account: owner, currency: "USD" };
    const facts = await http(orders).resolve(
      cancel("ord_1"),
      contextOf(connection("acme", "acme"), answering(body)),
    );
    expect(facts).toEqual({ owners: { order: found }, values: {} });
  });

  test("an answer that drips without end is none", async () => {
    await using fixture = await headerFixture();
    fixture.twin.fail("drip");
    const context = { ...contextOf(fixture.own), signal: AbortSignal.timeout(100) };
    expect((await refusal(() => fixture.adapter.resolve(cancel("ord_example"), context)))[0]).toBe(
      "downstream_unavailable",
    );
  });

  test("facts are single values; anything else is no fact", async () => {
    const body = {
      id: "ord_1",
      account: "acme",
      currency: { code: "USD" },
      amount: 1.5,
      refunded: null,
      status: "x".repeat(300),
    };
    const facts = await http(orders).resolve(
      cancel("ord_1"),
      contextOf(connection("acme", "acme"), answering(body)),
    );
    expect(facts).toEqual({ owners: { order: "tenant" }, values: {} });
  });

  test("an id that could become another path is never sent", async () => {
    let sent = 0;
    const counting: typeof fetch = async () => Response.json({ sent: ++sent });
    for (const order of ["../account", "ord_1/../ord_2", "ord_1%2f", "ord_1?x", ""])
      expect(
        (
          await refusal(() =>
            http(orders).resolve(cancel(order), contextOf(connection("acme", "acme"), counting)),
          )
        )[0],
        order,
      ).toBe("request_malformed");
    expect(sent).toBe(0);
  });
});

describe("whether a connection works", () => {
  test("a tenant's own key of another account is told by the answer, since no request names the account", async () => {
    await using fixture = await keyFixture();
    const severities = async (connected: Connection) =>
      (await fixture.adapter.selfCheck(contextOf(connected))).map(({ severity }) => severity);
    expect(await severities(fixture.own)).toEqual(["ok", "ok"]);
    expect(await severities({ ...fixture.own, account: "globex" })).toContain("error");
    expect(await severities({ ...fixture.other, account: "acme" })).toContain("error");
    expect(fixture.twin.requests.map(({ path }) => path)).toEqual([
      "/v1/account",
      "/v1/account",
      "/v1/account",
    ]);
  });
});

describe("where each account has a host of its own", () => {
  const hosted = http({ ...orders, origin: "https://{account}.orders.example", tenancy: "subdomain" });
  const stamp = { decisionId: "dec_1", idempotencyKey: "once" };
  const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
  const planned = (account: string) => hosted.plan({ ...cancel("ord_1"), resource: { account } });

  test("requests go to the host of the decided account, and tools address that one alone", () => {
    const authority = planned("acme");
    expect(hosted.enforce(authority, blank, stamp).url).toBe(
      "https://acme.orders.example/v1/orders/ord_1/cancel",
    );
    expect([hosted.origins, hosted.originsOf?.(authority)]).toEqual([[], ["https://acme.orders.example"]]);
  });

  test("look-ups go to the host of the connection's account", async () => {
    const asked: unknown[] = [];
    const listening: typeof fetch = async (input) => {
      asked.push(input);
      return Response.json({ id: "ord_1", account: "acme" });
    };
    await hosted.resolve(cancel("ord_1"), contextOf(connection("acme", "acme"), listening));
    expect(asked).toEqual(["https://acme.orders.example/v1/orders/ord_1"]);
  });

  test.for([
    "evil.example/",
    "a.b",
    "ACME",
    "acme.evil.example#",
    "x@evil",
    "-a",
    "a-",
    "",
    "ä",
    "a:443",
    "%61",
  ])("the account %s is no part of a host, and nothing is planned or asked", async (account) => {
    let asked = 0;
    const counting: typeof fetch = async () => Response.json({ asked: ++asked });
    const context = contextOf(connection("acme", account), counting);
    expect((await refusal(() => planned(account)))[0]).toBe("request_malformed");
    expect((await refusal(() => hosted.resolve(cancel("ord_1"), context)))[0]).toBe("configuration_invalid");
    expect((await hosted.selfCheck(context)).map(({ severity }) => severity)).toEqual(["error"]);
    expect(asked).toBe(0);
  });
});

describe("what an action leaves open", () => {
  const found = { owners: { order: "tenant" as const }, values: { order: { currency: "USD" } } };
  const refund = (amount: ValueMap) => action("refunds.create", { order: "ord_1", amount });
  const completed = (adapter: Adapter, amount: ValueMap) => adapter.complete(refund(amount), found, "acme");

  test("the account is the connection's, the currency the object's", () => {
    expect(completed(http(orders), { minor: 100 })).toEqual({
      resource: { account: "acme" },
      arguments: { order: "ord_1", amount: { minor: 100, currency: "USD" } },
    });
  });

  test("another currency than the object's, or one whose units nobody declared, is refused", async () => {
    expect(await refusal(() => completed(http(orders), { minor: 100, currency: "EUR" }))).toEqual([
      "condition_failed",
      "argument:amount",
    ]);
    const isk = { ...found, values: { order: { currency: "ISK" } } };
    expect(await refusal(() => http(orders).complete(refund({ minor: 100 }), isk, "acme"))).toEqual([
      "condition_failed",
      "argument:amount",
    ]);
  });

  test("without a currency nothing is planned", async () => {
    const undecided = { ...refund({ minor: 100 }), resource: { account: "acme" } };
    expect(await refusal(() => http(orders).plan(undecided))).toEqual([
      "condition_failed",
      "argument:amount",
    ]);
  });

  test("in a shared account a foreign object is refused whatever a grant says", async () => {
    await using fixture = await sharedFixture();
    for (const owner of ["other", "unknown"] as const)
      expect(
        await refusal(() =>
          fixture.adapter.complete(cancel("ord_1"), { owners: { order: owner }, values: {} }, "market"),
        ),
      ).toEqual(["tenant_mismatch", "tenant"]);
  });

  test("an account that cannot stand in a path is not planned, and its check is an error", async () => {
    await using fixture = await pathFixture();
    for (const account of ["acme/../globex", "..", "a%2fb", "a;b", "a b"]) {
      const decided = { ...action("orders.retrieve", { order: "ord_1" }), resource: { account } };
      expect((await refusal(() => fixture.adapter.plan(decided)))[0], account).toBe("request_malformed");
      const findings = await fixture.adapter.selfCheck(contextOf({ ...fixture.own, account }));
      expect(
        findings.map(({ severity }) => severity),
        account,
      ).toContain("error");
    }
    expect(fixture.twin.requests).toEqual([]);
  });
});
