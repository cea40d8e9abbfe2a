import { stripe, type StripeOptions } from "@watchword/adapter-stripe";
import { type GatewayRequest, Refusal, canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";

const FORM = "application/x-www-form-urlencoded";
const adapter = stripe();

function request(
  method: string,
  target: string,
  form?: string | Uint8Array,
  headers: Record<string, string> = {},
): GatewayRequest {
  const body = typeof form === "string" ? new TextEncoder().encode(form) : (form ?? new Uint8Array());
  const type = form === undefined ? {} : { "content-type": FORM };
  return canonicalRequest({ method, target, headers: Object.entries({ ...type, ...headers }), body });
}

const refund = (form: string | Uint8Array, headers?: Record<string, string>) =>
  request("POST", "/v1/refunds", form, headers);

function refused(read: () => unknown): { reason: string; message: string } {
  try {
    read();
  } catch (error) {
    if (Refusal.is(error)) return { reason: error.reason, message: error.message };
    throw error;
  }
  throw new Error("was not refused");
}

describe("requests that are read", () => {
  test("a refund with every parameter", () => {
    const form = "charge=ch_1&amount=1200&reason=duplicate&metadata[ticket]=T%2D1&metadata%5Bnote%5D=a+b%26c";
    expect(adapter.actionOf(refund(form))).toEqual({
      operation: "refunds.create",
      resource: {},
      arguments: {
        charge: "ch_1",
        amount: { minor: 1200 },
        reason: "duplicate",
        metadata: { ticket: "T-1", note: "a b&c" },
      },
    });
  });

  test.for([
    { target: "/v1/charges/py_1", operation: "charges.retrieve", values: { charge: "py_1" } },
    {
      target: "/v1/charges?limit=3&starting_after=ch_1",
      operation: "charges.list",
      values: { limit: 3, starting_after: "ch_1" },
    },
    { target: "/v1/refunds/re_1", operation: "refunds.retrieve", values: { refund: "re_1" } },
    { target: "/v1/refunds?charge=ch_1", operation: "refunds.list", values: { charge: "ch_1" } },
    { target: "/v1/customers/cus_1", operation: "customers.retrieve", values: { customer: "cus_1" } },
    {
      target: "/v1/customers?email=a%2Bb%40acme.example&limit=1",
      operation: "customers.list",
      values: { email: "a+b@acme.example", limit: 1 },
    },
    {
      target: "/v1/payment_intents/pi_1",
      operation: "payment_intents.retrieve",
      values: { payment_intent: "pi_1" },
    },
    {
      target: "/v1/payment_intents?customer=cus_1",
      operation: "payment_intents.list",
      values: { customer: "cus_1" },
    },
    {
      target: "/v1/subscriptions/sub_1",
      operation: "subscriptions.retrieve",
      values: { subscription: "sub_1" },
    },
    { target: "/v1/invoices/in_1", operation: "invoices.retrieve", values: { invoice: "in_1" } },
    {
      target: "/v1/invoices?customer=cus_1&status=open",
      operation: "invoices.list",
      values: { customer: "cus_1", status: "open" },
    },
    { target: "/v1/disputes/du_1", operation: "disputes.retrieve", values: { dispute: "du_1" } },
    { target: "/v1/balance", operation: "balance.retrieve", values: {} },
    { target: "/v1/payouts/po_1", operation: "payouts.retrieve", values: { payout: "po_1" } },
  ])("GET $target", ({ target, operation, values }) => {
    expect(adapter.actionOf(request("GET", target))).toEqual({ operation, resource: {}, arguments: values });
  });

  test("a cancellation, with an empty form", () => {
    const read = adapter.actionOf(request("POST", "/v1/refunds/re_1/cancel", ""));
    expect(read).toEqual({ operation: "refunds.cancel", resource: {}, arguments: { refund: "re_1" } });
  });

  test.for([
    {
      target: "/v1/customers/cus_1",
      form: "name=B&email=b%40acme.example&metadata[note]=x",
      operation: "customers.update",
      values: { customer: "cus_1", name: "B", email: "b@acme.example", metadata: { note: "x" } },
    },
    {
      target: "/v1/payment_intents/pi_1/capture",
      form: "amount_to_capture=1200",
      operation: "payment_intents.capture",
      values: { payment_intent: "pi_1", amount_to_capture: { minor: 1200 } },
    },
    {
      target: "/v1/payment_intents/pi_1/cancel",
      form: "cancellation_reason=duplicate",
      operation: "payment_intents.cancel",
      values: { payment_intent: "pi_1", cancellation_reason: "duplicate" },
    },
    {
      target: "/v1/subscriptions/sub_1",
      form: "cancel_at_period_end=false",
      operation: "subscriptions.update",
      values: { subscription: "sub_1", cancel_at_period_end: false },
    },
    {
      target: "/v1/invoices/in_1/void",
      form: "",
      operation: "invoices.void",
      values: { invoice: "in_1" },
    },
    {
      target: "/v1/disputes/dp_1",
      form: "evidence[product_description]=a%20book&submit=true",
      operation: "disputes.update",
      values: { dispute: "dp_1", evidence: { product_description: "a book" }, submit: true },
    },
    {
      target: "/v1/disputes/dp_1/close",
      form: "",
      operation: "disputes.close",
      values: { dispute: "dp_1" },
    },
    {
      target: "/v1/refunds",
      form: "payment_intent=pi_1&amount=5",
      operation: "refunds.create",
      values: { payment_intent: "pi_1", amount: { minor: 5 } },
    },
    {
      target: "/v1/credit_notes",
      form: "invoice=in_1&amount=5&credit_amount=5&reason=duplicate&memo=sorry",
      operation: "credit_notes.create",
      values: {
        invoice: "in_1",
        amount: { minor: 5 },
        credit_amount: { minor: 5 },
        reason: "duplicate",
        memo: "sorry",
      },
    },
    {
      target: "/v1/payment_intents",
      form: "customer=cus_1&amount=5&currency=kwd",
      operation: "payment_intents.create",
      values: { customer: "cus_1", amount: { minor: 5, currency: "KWD" } },
    },
    {
      target: "/v1/invoiceitems",
      form: "currency=usd&customer=cus_1&amount=5",
      operation: "invoiceitems.create",
      values: { customer: "cus_1", amount: { minor: 5, currency: "USD" } },
    },
  ])("POST $target", ({ target, form, operation, values }) => {
    const read = adapter.actionOf(request("POST", target, form));
    expect(read).toEqual({ operation, resource: {}, arguments: values });
  });

  test("DELETE ends a subscription or takes an item back, and nothing else", () => {
    expect(adapter.actionOf(request("DELETE", "/v1/invoiceitems/ii_1"))).toEqual({
      operation: "invoiceitems.delete",
      resource: {},
      arguments: { invoiceitem: "ii_1" },
    });
    expect(adapter.actionOf(request("DELETE", "/v1/subscriptions/sub_1"))).toEqual({
      operation: "subscriptions.cancel",
      resource: {},
      arguments: { subscription: "sub_1" },
    });
    for (const target of [
      "/v1/customers/cus_1",
      "/v1/invoices/in_1",
      "/v1/credit_notes/cn_1",
      "/v1/invoiceitems/ii_1?item_amount=1",
      "/v1/subscriptions/sub_1?prorate=true",
    ])
      expect(refused(() => adapter.actionOf(request("DELETE", target))).reason).toBe("request_mismatch");
    expect(
      refused(() => adapter.actionOf(request("DELETE", "/v1/subscriptions/sub_1", "invoice_now=true")))
        .reason,
    ).toBe("request_mismatch");
  });

  test("a content type with a charset", () => {
    const read = adapter.actionOf(refund("charge=ch_1", { "content-type": `${FORM};charset=UTF-8` }));
    expect(read.arguments).toEqual({ charge: "ch_1" });
  });

  test.for(["stripe-account", "stripe-context"])("an account in %s becomes part of the action", (name) => {
    expect(adapter.actionOf(refund("charge=ch_1", { [name]: "acct_other" })).resource).toEqual({
      account: "acct_other",
    });
    expect(adapter.actionOf(refund("charge=ch_1", { [name]: "" })).resource).toEqual({ account: "" });
  });
});

describe("requests that are refused", () => {
  test.for([
    "/v1/charges/ch_1/refund",
    "/v1/charges/ch_1/capture",
    "/v1/refunds/re_1",
    "/v1/charges",
    "/v1/files",
    "/v1/oauth/token",
    "/v1/payouts",
    "/v2/core/accounts",
    "/v1/Refunds",
    "/v1/refunds/cancel",
    "/v1/refunds/re_1/cancel/x",
    "/v1/customers",
    "/v1/customers/ch_1",
    "/v1/customers/cus_1/sources",
    "/v1/payment_intents/pi_1/increment_authorization",
    "/v1/payment_intents/pi_1",
    "/v1/payment_intents/pi_1/confirm",
    "/v1/subscriptions",
    "/v1/subscriptions/sub_1/cancel",
    "/v1/invoices/in_1",
    "/v1/invoices/in_1/pay",
    "/v1/invoices/in_1/finalize",
    "/v1/disputes",
    "/v1/credit_notes/cn_1",
    "/v1/credit_notes/cn_1/void",
    "/v1/credit_notes/preview",
    "/v1/invoiceitems/ii_1",
  ])("POST %s is not in the catalogue", (target) => {
    expect(refused(() => adapter.actionOf(request("POST", target, "charge=ch_1"))).reason).toBe(
      "request_mismatch",
    );
  });

  test.for([
    "/v1/charges/search",
    "/v1/charges/re_1",
    "/v1/refunds/ch_1",
    "/v1/refunds/re_1/cancel",
    "/v1/charges/ch_1?expand[]=customer",
    "/v1/charges?limit=0",
    "/v1/charges?limit=101",
    "/v1/charges?limit=03",
    "/v1/charges?limit=3&limit=3",
    "/v1/charges?customer=cus_1",
    "/v1/balance?expand[]=pending",
    "/v1/balance_transactions",
    "/v1/account",
    "/v1/invoices/upcoming",
    "/v1/invoices?status=late",
    "/v1/subscriptions/search",
    "/v1/payouts/po_1/cancel",
  ])("GET %s is not in the catalogue", (target) => {
    expect(refused(() => adapter.actionOf(request("GET", target))).reason).toBe("request_mismatch");
  });

  test.for([
    { form: "charge=ch_1&payment_intent=pi_1", why: "an unknown parameter" },
    { form: "charge=ch_1&expand[]=charge", why: "expansion" },
    { form: "charge=ch_1&refund_application_fee=true", why: "a fee" },
    { form: "charge=ch_1&reverse_transfer=true", why: "a transfer" },
    { form: "charge=ch_1&charge=ch_2", why: "a repeated parameter" },
    { form: "charge=ch_1&metadata[a]=1&metadata[a]=2", why: "a repeated note" },
    { form: "charge[]=ch_1", why: "an array" },
    { form: "charge=ch_1&metadata=x", why: "a map without a key" },
    { form: "charge=ch_1&metadata[a][b]=x", why: "a nested map" },
    { form: "charge=ch_1&metadata[__proto__]=x", why: "a prototype" },
    { form: "charge=ch_1&metadata[constructor]=x", why: "a constructor" },
    { form: "charge=ch_1&metadata[a]=x&metadata[__proto__]=x", why: "a prototype beside a note" },
    { form: "charge=ch_1&metadata[watchword_decision]=dec_1", why: "the gateway's own note" },
    { form: "charge=ch_1&metadata[WatchWord]=x", why: "the gateway's own note, in another case" },
    { form: "charge=ch_1&reason=because", why: "an unknown reason" },
    { form: "charge=../charges/ch_1", why: "a path" },
    { form: "charge=ch_1%00", why: "a zero byte" },
    { form: "charge=ch_1&amount=%", why: "broken encoding" },
    { form: "charge=ch_1&&amount=1", why: "an empty parameter" },
    { form: "", why: "no charge" },
    ...["+1", "-1", "01", "1.0", "1e3", "0x10", " 1", "1 ", "", "1,0", "9007199254740992", "١"].map(
      (text) => ({
        form: `charge=ch_1&amount=${encodeURIComponent(text)}`,
        why: `the amount ${JSON.stringify(text)}`,
      }),
    ),
    {
      form: `charge=ch_1&${Array.from({ length: 21 }, (_, index) => `metadata[k${index}]=x`).join("&")}`,
      why: "21 notes",
    },
  ])("a refund with $why", ({ form }) => {
    expect(refused(() => adapter.actionOf(refund(form))).reason).toBe("request_mismatch");
  });

  test.for([
    { path: "customers/cus_1", form: "", why: "nothing to change" },
    { path: "customers/cus_1", form: "customer=cus_1&name=B", why: "a second customer" },
    { path: "customers/cus_1", form: "name=", why: "a name taken away" },
    { path: "customers/cus_1", form: "email=b@acme.example,c@acme.example%0a", why: "two addresses" },
    { path: "customers/cus_1", form: "balance=-1000", why: "a balance" },
    {
      path: "customers/cus_1",
      form: "invoice_settings[default_payment_method]=pm_1",
      why: "a payment method",
    },
    { path: "payment_intents/pi_1/capture", form: "application_fee_amount=1", why: "a fee" },
    { path: "payment_intents/pi_1/capture", form: "final_capture=false", why: "another capture to come" },
    { path: "payment_intents/pi_1/capture", form: "transfer_data[amount]=1", why: "a transfer" },
    { path: "payment_intents/pi_1/cancel", form: "cancellation_reason=because", why: "an unknown reason" },
    { path: "subscriptions/sub_1", form: "", why: "nothing to change" },
    { path: "subscriptions/sub_1", form: "cancel_at_period_end=1", why: "a truth in another spelling" },
    { path: "subscriptions/sub_1", form: "cancel_at_period_end=True", why: "a truth in upper case" },
    {
      path: "subscriptions/sub_1",
      form: "cancel_at_period_end=true&items[0][price]=price_1",
      why: "another price",
    },
    { path: "invoices/in_1/void", form: "expand[]=customer", why: "expansion" },
    { path: "disputes/dp_1", form: "evidence[uncategorized_text]=x", why: "nothing said of the bank" },
    { path: "disputes/dp_1", form: "evidence[receipt]=file_1&submit=false", why: "a file" },
    { path: "disputes/dp_1", form: "submit=true", why: "no evidence" },
    { path: "disputes/dp_1/close", form: "disputed_amount=1", why: "an amount of its own" },
    { path: "invoices/in_1/void", form: "amount_remaining=1", why: "an amount of its own" },
    { path: "refunds", form: "payment_intent=ch_1", why: "a charge for a payment" },
    { path: "credit_notes", form: "invoice=in_1&refund_amount=5", why: "money to the card" },
    { path: "credit_notes", form: "invoice=in_1&out_of_band_amount=5", why: "money from elsewhere" },
    { path: "credit_notes", form: "invoice=in_1&lines[0][type]=custom_line_item", why: "lines" },
    { path: "credit_notes", form: "amount=5", why: "no invoice" },
    { path: "invoiceitems", form: "customer=cus_1&amount=5", why: "no currency" },
    { path: "invoiceitems", form: "customer=cus_1&currency=usd", why: "no amount" },
    { path: "invoiceitems", form: "customer=cus_1&amount=5&currency=USD", why: "a currency in upper case" },
    {
      path: "invoiceitems",
      form: "customer=cus_1&amount=5&currency=usd&currency=eur",
      why: "two currencies",
    },
    { path: "invoiceitems", form: "customer=cus_1&amount=-5&currency=usd", why: "less than nothing" },
    { path: "invoiceitems", form: "customer=cus_1&price=price_1", why: "a price" },
    { path: "invoiceitems", form: "amount=5&currency=usd", why: "no customer" },
    {
      path: "invoiceitems",
      form: "customer=cus_1&amount=5&currency=usd&quantity=1000",
      why: "a thousand of them",
    },
    {
      path: "payment_intents",
      form: "customer=cus_1&amount=5&currency=usd&confirm=true&payment_method=pm_1",
      why: "a payment that is taken at once",
    },
    { path: "payment_intents", form: "amount=5&currency=usd", why: "no customer" },
    { path: "payment_intents", form: "customer=cus_1&amount=5", why: "no currency" },
    { path: "refunds", form: "charge=ch_1&amount=5&currency=usd", why: "a currency that Stripe knows" },
  ])("$path with $why", ({ path, form }) => {
    const read = () => adapter.actionOf(request("POST", `/v1/${path}`, form));
    expect(refused(read).reason).toBe("request_mismatch");
  });

  test.for([
    { why: "JSON", read: () => refund('{"charge":"ch_1"}', { "content-type": "application/json" }) },
    {
      why: "multipart",
      read: () => refund("charge=ch_1", { "content-type": "multipart/form-data; boundary=x" }),
    },
    {
      why: "another charset",
      read: () => refund("charge=ch_1", { "content-type": `${FORM}; charset=utf-7` }),
    },
    { why: "no content type", read: () => ({ ...refund("charge=ch_1"), headers: {} }) },
    { why: "a content encoding", read: () => refund("charge=ch_1", { "content-encoding": "gzip" }) },
    {
      why: "broken UTF-8",
      read: () => refund(new Uint8Array([...new TextEncoder().encode("charge=ch_1&reason="), 0xc3, 0x28])),
    },
    { why: "a query", read: () => request("POST", "/v1/refunds?amount=1", "charge=ch_1") },
    { why: "more than 16 KiB", read: () => refund(`charge=ch_1&metadata[a]=${"x".repeat(16_384)}`) },
    { why: "a body on GET", read: () => request("GET", "/v1/charges/ch_1", "expand[]=customer") },
    {
      why: "two accounts",
      read: () => refund("charge=ch_1", { "stripe-account": "acct_a", "stripe-context": "acct_b" }),
    },
  ])("a body or header with $why", ({ read }) => {
    expect(refused(() => adapter.actionOf(read())).reason).toBe("request_mismatch");
  });

  test("an error quotes no value of the request", () => {
    expect(refused(() => adapter.actionOf(refund("charge=SECRET&amount=12"))).message).not.toContain(
      "SECRET",
    );
  });

  test("lists, where one account is shared by tenants", () => {
    const options: StripeOptions = { tenancy: { metadata: "tenant" } };
    for (const target of ["/v1/charges", "/v1/refunds?charge=ch_1"]) {
      expect(refused(() => stripe(options).actionOf(request("GET", target))).reason).toBe("request_mismatch");
    }
  });
});
