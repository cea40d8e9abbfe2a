import { stripe, type StripeOptions } from "@watchword/adapter-stripe";
import { SealedCredential, newAction, requestProblem, systemClock } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { SECRETS, connectedFixture, connection } from "./stripe-fixture.ts";

describe("options", () => {
  test.for<{ name: string; options: object }>([
    { name: "a typo", options: { baseURL: "https://api.stripe.com" } },
    { name: "http to another machine", options: { baseUrl: "http://stripe.internal" } },
    { name: "a host that only looks like loopback", options: { baseUrl: "http://127.0.0.1.evil.example" } },
    { name: "a path", options: { baseUrl: "https://api.stripe.com/v1" } },
    { name: "a user", options: { baseUrl: "https://user@api.stripe.com" } },
    { name: "no origin for tools", options: { apiOrigins: [] } },
    { name: "an unknown tenancy", options: { tenancy: "shared" } },
  ])("$name is refused at construction", ({ options }) => {
    expect(() => stripe(options as StripeOptions)).toThrow(/./);
  });

  test("the defaults address Stripe itself", () => {
    expect(stripe().origins).toEqual(["https://api.stripe.com"]);
  });

  test("a shared account has no lists: they would show every tenant's objects", () => {
    const names = Object.values(stripe({ tenancy: { metadata: "tenant" } }).catalogue.operations).map(
      (entry) => entry.name,
    );
    expect(names).toEqual([
      "charges.retrieve",
      "refunds.create",
      "refunds.retrieve",
      "refunds.cancel",
      "customers.retrieve",
      "customers.update",
      "payment_intents.retrieve",
      "payment_intents.create",
      "payment_intents.capture",
      "payment_intents.cancel",
      "subscriptions.retrieve",
      "subscriptions.update",
      "subscriptions.cancel",
      "invoices.retrieve",
      "invoices.void",
      "credit_notes.retrieve",
      "credit_notes.create",
      "invoiceitems.retrieve",
      "invoiceitems.create",
      "invoiceitems.delete",
      "disputes.retrieve",
      "disputes.update",
      "disputes.close",
    ]);
  });
});

describe("live secrets", () => {
  test.for([
    ["sk_test_1", false],
    ["rk_test_1", false],
    ["sk_live_1", true],
    ["rk_live_1", true],
    ["pk_test_1", true],
    ["xsk_test_1", true],
    ["", true],
  ] as const)("%s: %s", ([secret, live]) => {
    expect(stripe().isLiveSecret(new SealedCredential(secret))).toBe(live);
  });
});

describe("one refund, all the way", () => {
  test("reaches the tenant's own charge, and never the other's of the same id", async () => {
    await using fixture = await connectedFixture();
    const { adapter, own, twin } = fixture;
    const before = twin.charge("acct_globex", "ch_example");
    const context = { connection: own, fetch, clock: systemClock, signal: AbortSignal.timeout(2_000) };
    const action = newAction({
      system: "payments",
      operation: "refunds.create",
      resource: {},
      arguments: { charge: "ch_example" },
    });
    const authority = adapter.plan({
      ...action,
      ...adapter.complete(action, await adapter.resolve(action, context), own.account),
    });
    const tool = {
      method: "POST",
      path: "/v1/refunds",
      query: [],
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new TextEncoder().encode("charge=ch_example"),
    };
    const entry = Object.values(adapter.catalogue.operations).find(
      (candidate) => candidate.name === "refunds.create",
    );
    if (entry === undefined) throw new Error("no refunds.create");
    expect(requestProblem(entry, authority, adapter.actionOf(tool))).toBeUndefined();
    expect(
      requestProblem(
        entry,
        authority,
        adapter.actionOf({ ...tool, headers: { ...tool.headers, "stripe-account": "acct_globex" } }),
      ),
    ).toBe("resource.account");

    const minted = await adapter.mint(authority, context);
    const sent = adapter.inject(
      adapter.enforce(authority, tool, { decisionId: "dec_1", idempotencyKey: "k" }),
      minted.credential,
    );
    const answer = await fetch(sent.url, {
      method: sent.method,
      headers: sent.headers,
      body: new Uint8Array(sent.body ?? []),
    });
    expect(answer.status).toBe(200);
    expect(twin.refunds("acct_acme").at(-1)).toMatchObject({
      charge: "ch_example",
      amount: 3700,
      metadata: { watchword_decision: "dec_1" },
    });
    expect(twin.charge("acct_globex", "ch_example")).toBe(before);
  });
});

describe("the self-check", () => {
  test("warns of an unrestricted key, and names a key that is none", async () => {
    await using fixture = await connectedFixture();
    const severities = async (secret: string) => {
      const context = {
        connection: connection("acme", "acct_acme", secret),
        fetch,
        clock: systemClock,
        signal: AbortSignal.timeout(2_000),
      };
      return (await fixture.adapter.selfCheck(context)).map((finding) => finding.severity);
    };
    expect(await severities(SECRETS.restricted)).toEqual(["ok", "ok", "ok", "ok"]);
    expect((await severities("sk_test_unrestricted"))[0]).toBe("warning");
    expect((await severities("whatever"))[0]).toBe("error");
  });

  test("finds a connection that names another account than the key's", async () => {
    await using fixture = await connectedFixture();
    const shared = stripe({ baseUrl: fixture.twin.url, tenancy: { metadata: "tenant" } });
    const context = {
      connection: connection("globex", "acct_globex"),
      fetch,
      clock: systemClock,
      signal: AbortSignal.timeout(2_000),
    };
    expect(await shared.selfCheck(context)).toContainEqual({
      severity: "error",
      text: "the connection names acct_globex, and the key works on acct_acme",
    });
  });
});
