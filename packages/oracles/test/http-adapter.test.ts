import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { Octokit } from "@octokit/core";
import { httpCatalogue } from "@watchword/adapter-http";
import { money, system } from "@watchword/core";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KEY, ORIGIN, type OrdersWorld, orders, ordersWorld } from "./orders-world.ts";

const shop = system("shop", httpCatalogue(orders));
const REFUNDS = `${ORIGIN}/v1/orders/ord_1/refunds`;

let world: OrdersWorld;
beforeAll(async () => {
  world = await ordersWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => void (world.twin.requests as unknown[]).splice(0));
afterEach(() => world.twin.fail(null));

/** A guarded refund of 12.00 of ord_1, which the tool makes as it likes. */
const refunding = (order: string, execute: (fetcher: GuardedCredential) => Promise<unknown>) =>
  guard(
    { name: "refund", execute: (_call: object, { credential }) => execute(credential) },
    bind(shop.refundsCreate, () => ({ order, amount: money(1_200, "minor") })),
  );

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const effects = () => world.twin.requests.filter(({ kind }) => kind === "effect");

describe("a guarded tool at an API behind a static key", () => {
  test("plain fetch: the refund happens once, with the key that the tool never had; afterwards the handle is dead", async () => {
    const kept: GuardedCredential[] = [];
    const tool = refunding("ord_1", async (credential) => {
      kept.push(credential);
      const response = await credential.fetch(
        REFUNDS,
        json({ amount: 1_200 }, { authorization: "Bearer mine" }),
      );
      return response.json();
    });
    const result = await world.asSupport(() => tool.execute({}));
    expect(result).toMatchObject({ object: "refund", order: "ord_1", amount: 1_200, currency: "USD" });
    expect(effects()).toMatchObject([
      {
        method: "POST",
        path: "/v1/orders/ord_1/refunds",
        account: "acme",
        body: '{"amount":1200}',
        status: 201,
        idempotencyKey: expect.stringMatching(/^[A-Za-z0-9_-]{20,}$/) as unknown,
      },
    ]);
    const [dead] = kept;
    await expect(dead?.fetch(REFUNDS, json({ amount: 1_200 }))).rejects.toMatchObject({
      reason: "lease_expired",
    });
    expect(effects()).toHaveLength(1);
  });

  test("a stock HTTP client reads and writes through credential.fetch", async () => {
    const client = (credential: GuardedCredential) =>
      new Octokit({ baseUrl: ORIGIN, request: { fetch: credential.fetch } });
    const read = guard(
      {
        name: "read_order",
        execute: async ({ order }: { order: string }, { credential }) =>
          (await client(credential).request("GET /v1/orders/{order}", { order })).data,
      },
      bind(shop.ordersRetrieve, ({ order }: { order: string }) => ({ order })),
    );
    const annotate = guard(
      {
        name: "annotate",
        execute: async ({ order, note }: { order: string; note: string }, { credential }) =>
          (await client(credential).request("PATCH /v1/orders/{order}", { order, note })).status,
      },
      bind(shop.ordersAnnotate, ({ order, note }: { order: string; note: string }) => ({ order, note })),
    );
    const seen = await world.asSupport(async () => [
      await read.execute({ order: "ord_2" }),
      await annotate.execute({ order: "ord_2", note: "ring twice, “ä”" }),
    ]);
    expect(seen).toMatchObject([{ id: "ord_2", account: "acme" }, 200]);
    expect(world.twin.order("acme", "ord_2")?.note).toBe("ring twice, “ä”");
  });

  test("another tenant's order is refused before anything is minted or sent", async () => {
    let ran = false;
    const tool = refunding("ord_globex", async () => (ran = true));
    const result = await world.asSupport(() => tool.execute({}));
    expect(result).toMatchObject({ reason: "tenant_mismatch", retryable: false });
    expect(ran).toBe(false);
    expect(world.twin.requests).toMatchObject([{ kind: "resolve", account: "acme", status: 404 }]);
  });

  test("every other request is refused without effect, and the use stays for the decided one", async () => {
    const tool = refunding("ord_3", async ({ fetch }) => {
      const tried: [why: string, reason: unknown][] = [];
      for (const { why, url = REFUNDS, init = json({ amount: 1_200 }) } of OTHER_REQUESTS) {
        const reason = await fetch(url.replace("ord_1", "ord_3"), init).then(
          ({ headers }) => headers.get("watchword-reason"),
          (error: unknown) => (error as { reason?: string }).reason,
        );
        tried.push([why, reason]);
      }
      const before = effects().length;
      const last = await fetch(REFUNDS.replace("ord_1", "ord_3"), json({ amount: 1_200 }));
      return { tried, before, last: last.status };
    });
    const result = await world.asSupport(() => tool.execute({}));
    expect(result).toEqual({
      tried: OTHER_REQUESTS.map(({ why, reason }) => [why, reason]),
      before: 0,
      last: 201,
    });
    expect(effects()).toMatchObject([{ account: "acme", body: '{"amount":1200}' }]);
    expect(world.twin.refunds("globex")).toEqual([]);
  });

  test("a redirect is not followed, and the key goes nowhere else", async () => {
    const tool = refunding("ord_2", async ({ fetch }) => {
      world.twin.fail("redirect");
      return (await fetch(REFUNDS.replace("ord_1", "ord_2"), json({ amount: 1_200 }))).headers.get(
        "watchword-reason",
      );
    });
    expect(await world.asSupport(() => tool.execute({}))).toBe("target_refused");
    expect(world.twin.requests.filter(({ path }) => path.includes("redirected"))).toEqual([]);
  });

  test("an answer that is lost after the effect is an unknown outcome, and is not tried again", async () => {
    const tool = refunding("ord_2", async ({ fetch }) => {
      world.twin.fail("drop-after-effect");
      const send = () => fetch(REFUNDS.replace("ord_1", "ord_2"), json({ amount: 1_200 }));
      return [await send(), await send()].map(({ headers }) => headers.get("watchword-reason"));
    });
    expect(await world.asSupport(() => tool.execute({}))).toEqual(["outcome_unknown", "lease_used"]);
    expect(effects()).toHaveLength(1);
  });

  test("the key shows in no log, in no file of the broker and in none of its records", async () => {
    expect(await world.server.broker.verifyLedger()).toMatchObject({ ok: true });
    expect(inspect(world.heard, { depth: null, showHidden: true })).not.toContain(KEY);
    const files = await readdir(world.directory, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const bytes = await readFile(join(file.parentPath, file.name));
      expect(bytes.includes(KEY), file.name).toBe(false);
    }
  });
});

/** A world for each of 175 rows takes longer than a default run may. */
const LONG = process.env["WATCHWORD_LONG"] === "1";
if (!LONG)
  console.error(
    "the boundary matrix over a declared API is not run: it opens a world for each row; WATCHWORD_LONG=1 runs it",
  );

test.runIf(LONG)(
  "with WATCHWORD_LONG=1: a policy over a declared API holds, row by row, against broker, gateway and twin",
  { timeout: 300_000 },
  async () => {
    const { runOrdersBoundary } = await import("./orders-boundary.ts");
    const { rows, missing, passed } = await runOrdersBoundary();
    const failures = rows.flatMap(({ row, problems, attempt }) =>
      problems.length === 0
        ? []
        : [`${row.id}: ${problems.join(", ")}; ${attempt.reason ?? attempt.outcome}`],
    );
    expect({ failures, missing, passed }).toEqual({ failures: [], missing: [], passed: true });
    expect(rows.length).toBeGreaterThan(150);
  },
);

/** What else a tool could send with a handle for a refund of 12.00, and how it is refused. */
const OTHER_REQUESTS: readonly { why: string; url?: string; init?: RequestInit; reason: string }[] = [
  { why: "another amount", init: json({ amount: 1_201 }), reason: "request_mismatch" },
  { why: "another order", url: `${ORIGIN}/v1/orders/ord_2/refunds`, reason: "request_mismatch" },
  {
    why: "another tenant's account",
    init: json({ amount: 1_200 }, { "x-account": "globex" }),
    reason: "request_mismatch",
  },
  {
    why: "a repeated key, of which the last would count",
    init: json('{"amount":1200,"amount":4200}'),
    reason: "request_mismatch",
  },
  { why: "a member more", init: json({ amount: 1_200, currency: "USD" }), reason: "request_mismatch" },
  { why: "a method override in the query", url: `${REFUNDS}?_method=DELETE`, reason: "request_mismatch" },
  { why: "a query", url: `${REFUNDS}?amount=4200`, reason: "request_mismatch" },
  {
    why: "another operation of the order",
    url: `${ORIGIN}/v1/orders/ord_1`,
    init: { ...json({ note: "x" }), method: "PATCH" },
    reason: "request_mismatch",
  },
  {
    why: "what nobody declared",
    url: `${ORIGIN}/v1/orders/ord_1/cancel`,
    init: { method: "POST" },
    reason: "request_mismatch",
  },
  { why: "an encoded slash", url: `${ORIGIN}/v1/orders/ord_1%2frefunds`, reason: "target_refused" },
  { why: "a doubly encoded slash", url: `${ORIGIN}/v1/orders/ord_1%252frefunds`, reason: "target_refused" },
  { why: "an encoded letter", url: `${ORIGIN}/v1/%6frders/ord_1/refunds`, reason: "target_refused" },
  { why: "an empty segment", url: `${ORIGIN}/v1//orders/ord_1/refunds`, reason: "target_refused" },
  { why: "a path parameter", url: `${ORIGIN}/v1/orders/ord_1;x=1/refunds`, reason: "request_mismatch" },
  { why: "a zero byte", url: `${ORIGIN}/v1/orders/ord_1%00/refunds`, reason: "target_refused" },
  {
    why: "a compressed body",
    init: json({ amount: 1_200 }, { "content-encoding": "gzip" }),
    reason: "request_mismatch",
  },
  {
    why: "multipart",
    init: json("--x--", { "content-type": "multipart/form-data; boundary=x" }),
    reason: "request_mismatch",
  },
  {
    why: "a body over all bounds",
    init: json(`{"amount":1200${" ".repeat(70_000)}}`),
    reason: "request_malformed",
  },
  { why: "another host", url: "https://evil.example/v1/orders/ord_1/refunds", reason: "target_refused" },
  { why: "a host with a final dot", url: `${ORIGIN}./v1/orders/ord_1/refunds`, reason: "target_refused" },
  {
    why: "a user in the URL",
    url: "https://orders.example@evil.example/v1/orders",
    reason: "target_refused",
  },
];
