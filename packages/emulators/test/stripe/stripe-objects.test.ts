import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const KEY = "rk_test_51TwinKey0000000abcd";
const READER = "rk_test_51TwinReader00000abcd";

let twin: StripeTwin;
beforeEach(async () => {
  twin = await stripeTwin({
    accounts: {
      acct_a: {
        charges: { ch_taken: { amount: 3000, currency: "usd" } },
        customers: { cus_1: { name: "A", email: "a@acme.example", metadata: { tenant: "a" } } },
        payment_intents: {
          pi_1: { amount: 3000, currency: "usd", customer: "cus_1" },
          pi_paid: { amount: 3000, currency: "usd", status: "succeeded" },
          pi_taken: { amount: 3000, currency: "usd", status: "succeeded", latest_charge: "ch_taken" },
        },
        subscriptions: { sub_1: { customer: "cus_1" }, sub_ended: { customer: "cus_1", status: "canceled" } },
        invoices: {
          in_1: { customer: "cus_1", amount_due: 900, currency: "usd" },
          in_paid: { customer: "cus_1", amount_due: 900, currency: "usd", status: "paid" },
          in_draft: { customer: "cus_1", amount_due: 900, currency: "usd", status: "draft" },
        },
        disputes: {
          dp_1: { charge: "ch_1", amount: 100, currency: "usd" },
          dp_lost: { charge: "ch_1", amount: 100, currency: "usd", status: "lost" },
        },
        credit_notes: { cn_1: { invoice: "in_1", amount: 100 } },
        invoiceitems: {
          ii_1: { customer: "cus_1", amount: 1200, currency: "usd" },
          ii_billed: { customer: "cus_1", amount: 1200, currency: "usd", invoice: "in_1" },
        },
        payouts: { po_1: { amount: 100, currency: "usd" } },
        balance: { usd: 4200 },
      },
      acct_b: { charges: {}, customers: { cus_b: {} } },
    },
    keys: [
      {
        secret: KEY,
        permissions: {
          customers: "write",
          payment_intents: "write",
          subscriptions: "write",
          invoices: "write",
          disputes: "write",
          credit_notes: "write",
          invoiceitems: "write",
          refunds: "write",
          payouts: "read",
          balance: "read",
        },
      },
      { secret: READER, permissions: { customers: "read", payment_intents: "read" } },
    ],
  });
});
afterEach(() => twin.close());

async function send(
  method: string,
  target: string,
  form?: string,
  more: { key?: string; idempotencyKey?: string } = {},
) {
  const { key = KEY, idempotencyKey } = more;
  const response = await fetch(`${twin.url}/v1/${target}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    ...(form === undefined ? {} : { body: form }),
  });
  return {
    status: response.status,
    body: (await response.json()) as { error?: { code?: string; param?: string; message: string } },
  };
}

describe("what the twin refuses", () => {
  test.for([
    { target: "customers/cus_b", form: "name=B", status: 404, code: "resource_missing", param: "id" },
    { target: "customers/cus_1", form: "email=nobody", status: 400, code: "email_invalid", param: "email" },
    { target: "customers/cus_1", form: "tenant=b", status: 400, code: "parameter_unknown", param: "tenant" },
    {
      target: "payment_intents/pi_no/capture",
      form: "",
      status: 404,
      code: "resource_missing",
      param: "intent",
    },
    {
      target: "payment_intents/pi_1/capture",
      form: "amount_to_capture=3001",
      status: 400,
      code: "amount_too_large",
      param: "amount_to_capture",
    },
    {
      target: "payment_intents/pi_1/capture",
      form: "amount_to_capture=0",
      status: 400,
      code: "parameter_invalid_integer",
      param: "amount_to_capture",
    },
    {
      target: "payment_intents/pi_paid/capture",
      form: "",
      status: 400,
      code: "payment_intent_unexpected_state",
    },
    {
      target: "payment_intents/pi_paid/cancel",
      form: "",
      status: 400,
      code: "payment_intent_unexpected_state",
    },
    {
      target: "payment_intents/pi_1/cancel",
      form: "cancellation_reason=because",
      status: 400,
      param: "cancellation_reason",
    },
    { target: "subscriptions/sub_no", form: "", status: 404, code: "resource_missing" },
    {
      target: "subscriptions/sub_1",
      form: "cancel_at_period_end=1",
      status: 400,
      param: "cancel_at_period_end",
    },
    {
      target: "subscriptions/sub_ended",
      form: "cancel_at_period_end=true",
      status: 400,
      message: "A canceled subscription can only update its cancellation_details and metadata.",
    },
    { target: "invoices/in_no/void", form: "", status: 404, code: "resource_missing", param: "invoice" },
    { target: "invoices/in_paid/void", form: "", status: 400, type: "invalid_request_error" },
    { target: "disputes/dp_no", form: "", status: 404, code: "resource_missing", param: "dispute" },
    {
      target: "disputes/dp_lost",
      form: "submit=true",
      status: 400,
      message: "This dispute is already closed",
    },
    { target: "disputes/dp_no/close", form: "", status: 404, code: "resource_missing", param: "dispute" },
    { target: "disputes/dp_lost/close", form: "", status: 400, message: "This dispute is already closed" },
    { target: "disputes/dp_1/close", form: "amount=1", status: 400, code: "parameter_unknown" },
    { target: "refunds", form: "payment_intent=pi_no", status: 404, param: "payment_intent" },
    {
      target: "refunds",
      form: "payment_intent=pi_1",
      status: 400,
      message: "This PaymentIntent (pi_1) does not have a successful charge to refund.",
    },
    { target: "refunds", form: "payment_intent=pi_taken&charge=ch_taken", status: 400 },
    { target: "refunds", form: "payment_intent=pi_taken&amount=3001", status: 400, param: "amount" },
    { target: "credit_notes", form: "amount=1", status: 400, code: "parameter_missing", param: "invoice" },
    { target: "credit_notes", form: "invoice=in_1", status: 400, code: "parameter_missing", param: "amount" },
    { target: "credit_notes", form: "invoice=in_no&amount=1", status: 404, code: "resource_missing" },
    { target: "credit_notes", form: "invoice=in_1&amount=901", status: 400, param: "amount" },
    {
      target: "credit_notes",
      form: "invoice=in_1&amount=1&credit_amount=1",
      status: 400,
      param: "credit_amount",
    },
    {
      target: "credit_notes",
      form: "invoice=in_paid&amount=901&credit_amount=901",
      status: 400,
      param: "amount",
    },
    { target: "credit_notes", form: "invoice=in_paid&amount=5&credit_amount=4", status: 400 },
    { target: "credit_notes", form: "invoice=in_draft&amount=1", status: 400 },
    { target: "credit_notes", form: "invoice=in_1&amount=1&reason=because", status: 400, param: "reason" },
    { target: "payment_intents", form: "customer=cus_1&amount=5", status: 400, param: "currency" },
    {
      target: "payment_intents",
      form: "customer=cus_b&amount=5&currency=usd",
      status: 404,
      param: "customer",
    },
    { target: "payment_intents", form: "amount=5&currency=usd&confirm=true", status: 400, param: "confirm" },
    { target: "invoiceitems", form: "customer=cus_1&amount=5", status: 400, param: "currency" },
    { target: "invoiceitems", form: "customer=cus_b&amount=5&currency=usd", status: 404, param: "customer" },
    { target: "invoiceitems", form: "customer=cus_1&amount=5&currency=us", status: 400, param: "currency" },
    { target: "payouts/po_1/cancel", form: "", status: 404, type: "invalid_request_error" },
  ])("POST $target $form: $status", async ({ target, form, status, ...error }) => {
    const answer = await send("POST", target, form);
    expect([answer.status, answer.body.error]).toMatchObject([status, error]);
    expect(twin.requests.map(({ kind }) => kind)).toEqual(["refused"]);
  });

  test.for([
    ["customers/cus_1", "rak_customer_write"],
    ["payment_intents/pi_1/capture", "rak_payment_intent_write"],
    ["subscriptions/sub_1", "rak_subscription_write"],
    ["invoices/in_1/void", "rak_invoice_write"],
    ["disputes/dp_1", "rak_dispute_write"],
    ["disputes/dp_1/close", "rak_dispute_write"],
    ["credit_notes", "rak_credit_note_write"],
    ["invoiceitems", "rak_invoiceitem_write"],
  ])("a key that may only read: %s", async ([target = "", permission = ""]) => {
    const answer = await send("POST", target, "", { key: READER });
    expect([answer.status, answer.body.error?.message]).toEqual([403, expect.stringContaining(permission)]);
  });
});

describe("what the twin does", () => {
  test("an update changes what it names, keeps the rest, and an empty text takes away", async () => {
    await send("POST", "customers/cus_1", "name=&phone=1&metadata[note]=x");
    expect(twin.customer("acct_a", "cus_1")).toMatchObject({
      name: null,
      email: "a@acme.example",
      phone: "1",
      metadata: { tenant: "a", note: "x" },
    });
  });

  test("a capture takes what was asked once per key, and releases the rest", async () => {
    for (let time = 0; time < 2; time++)
      await send("POST", "payment_intents/pi_1/capture", "amount_to_capture=1200", { idempotencyKey: "k" });
    expect(twin.paymentIntent("acct_a", "pi_1")).toMatchObject({
      status: "succeeded",
      amount_received: 1200,
      amount_capturable: 0,
    });
    expect(twin.requests.map(({ kind }) => kind)).toEqual(["effect", "replay"]);
  });

  test("a subscription ends with its period, or now, and then once", async () => {
    await send("POST", "subscriptions/sub_1", "cancel_at_period_end=true");
    expect(twin.subscription("acct_a", "sub_1")).toMatchObject({
      cancel_at_period_end: true,
      status: "active",
    });
    const answers = [
      await send("DELETE", "subscriptions/sub_1"),
      await send("DELETE", "subscriptions/sub_1"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404]);
    expect(twin.subscription("acct_a", "sub_1")?.status).toBe("canceled");
  });

  test("a voided invoice is owed no more", async () => {
    await send("POST", "invoices/in_1/void");
    expect(twin.invoice("acct_a", "in_1")?.status).toBe("void");
  });

  test("evidence is kept, and goes to the bank unless it is told not to", async () => {
    await send("POST", "disputes/dp_1", "evidence[product_description]=x&submit=false");
    expect(twin.dispute("acct_a", "dp_1")).toMatchObject({ status: "needs_response" });
    await send("POST", "disputes/dp_1", "evidence[uncategorized_text]=y");
    expect(twin.dispute("acct_a", "dp_1")).toMatchObject({
      evidence: { product_description: "x", uncategorized_text: "y" },
      evidence_details: { submission_count: 1 },
      status: "under_review",
    });
  });

  test("a payment that is asked for takes nothing", async () => {
    const answer = await send("POST", "payment_intents", "customer=cus_1&amount=500&currency=usd");
    expect(answer.body).toMatchObject({
      amount: 500,
      amount_received: 0,
      customer: "cus_1",
      status: "requires_payment_method",
    });
  });

  test("a dispute that is given up is lost, once", async () => {
    const answers = [
      await send("POST", "disputes/dp_1/close", ""),
      await send("POST", "disputes/dp_1/close", ""),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(twin.dispute("acct_a", "dp_1")?.status).toBe("lost");
  });

  test("a payment is refunded by the charge that it took, once per key", async () => {
    for (let time = 0; time < 2; time++)
      await send("POST", "refunds", "payment_intent=pi_taken&amount=1000", { idempotencyKey: "k" });
    expect(twin.refunds("acct_a")).toMatchObject([
      { charge: "ch_taken", payment_intent: "pi_taken", amount: 1000 },
    ]);
    expect(twin.charge("acct_a", "ch_taken")).toMatchObject({ amount_refunded: 1000, refunded: false });
  });

  test("a credit note lowers an open invoice until it is paid, once per key", async () => {
    for (let time = 0; time < 2; time++)
      await send("POST", "credit_notes", "invoice=in_1&amount=300", { idempotencyKey: "k" });
    expect(twin.invoice("acct_a", "in_1")).toMatchObject({ amount_remaining: 600, status: "open" });
    await send("POST", "credit_notes", "invoice=in_1&amount=600&memo=sorry");
    expect(twin.invoice("acct_a", "in_1")).toMatchObject({ amount_remaining: 0, status: "paid" });
    expect(twin.creditNotes("acct_a")).toMatchObject([
      { id: "cn_1" },
      { amount: 300, type: "pre_payment" },
      { amount: 600, memo: "sorry" },
    ]);
    expect(twin.customer("acct_a", "cus_1")?.balance).toBe(0);
  });

  test("a credit note on a paid invoice goes to the customer's balance, up to what was paid", async () => {
    await send("POST", "credit_notes", "invoice=in_paid&amount=500&credit_amount=500");
    const more = await send("POST", "credit_notes", "invoice=in_paid&amount=401&credit_amount=401");
    expect([more.status, more.body.error?.param]).toEqual([400, "amount"]);
    expect(twin.customer("acct_a", "cus_1")?.balance).toBe(-500);
    expect(twin.creditNotes("acct_a").at(-1)).toMatchObject({ type: "post_payment", amount: 500 });
  });

  test("an item waits for the next invoice, and is taken back while it is on none", async () => {
    await send("POST", "invoiceitems", "customer=cus_1&amount=500&currency=usd&description=x");
    expect(twin.invoiceItems("acct_a").at(-1)).toMatchObject({ amount: 500, currency: "usd", invoice: null });
    const answers = [
      await send("DELETE", "invoiceitems/ii_1"),
      await send("DELETE", "invoiceitems/ii_1"),
      await send("DELETE", "invoiceitems/ii_billed"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 400]);
    expect(twin.invoiceItems("acct_a").map(({ amount }) => amount)).toEqual([1200, 500]);
  });

  test("balance and payouts are read with a key that may", async () => {
    expect((await send("GET", "balance")).body).toMatchObject({
      available: [{ amount: 4200, currency: "usd" }],
    });
    expect((await send("GET", "payouts")).body).toMatchObject({ data: [{ id: "po_1" }] });
    expect((await send("GET", "balance", undefined, { key: READER })).body.error?.message).toContain(
      "rak_balance_read",
    );
  });

  test("lists are filtered as Stripe filters them", async () => {
    expect((await send("GET", "payment_intents?customer=cus_1")).body).toMatchObject({
      data: [{ id: "pi_1" }],
    });
    expect((await send("GET", "customers?email=b@acme.example")).body).toMatchObject({ data: [] });
    expect((await send("GET", "customers?name=A")).body.error?.code).toBe("parameter_unknown");
  });
});
