import { http } from "@watchword/adapter-http";
import { type GatewayRequest, Refusal, canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { orders } from "./orders-declaration.ts";

const { ordersRetrieve, ordersCancel } = orders.operations;
const adapter = http(orders);
const JSON_TYPE = "application/json";

function request(
  method: string,
  target: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = {},
): GatewayRequest {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
  const type = body === undefined ? {} : { "content-type": JSON_TYPE };
  return canonicalRequest({ method, target, headers: Object.entries({ ...type, ...headers }), body: bytes });
}

const REFUNDS = "/v1/orders/ord_1/refunds";
const refund = (body: string | Uint8Array, headers?: Record<string, string>) =>
  request("POST", REFUNDS, body, headers);

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
  test.for([
    { method: "GET", target: "/v1/orders/ord_1", operation: "orders.retrieve", values: { order: "ord_1" } },
    { method: "GET", target: "/v1/orders", operation: "orders.list", values: {} },
    {
      method: "GET",
      target: "/v1/orders?status=paid&limit=3",
      operation: "orders.list",
      values: { limit: 3, status: "paid" },
    },
    {
      method: "POST",
      target: "/v1/orders/ord_1/cancel",
      operation: "orders.cancel",
      values: { order: "ord_1" },
    },
    {
      method: "DELETE",
      target: "/v1/orders/ord_1/note",
      operation: "orders.note.delete",
      values: { order: "ord_1" },
    },
  ])("$method $target", ({ method, target, operation, values }) => {
    expect(adapter.actionOf(request(method, target))).toEqual({ operation, resource: {}, arguments: values });
  });

  test("a body, in whatever order and spacing its members come", () => {
    const seen = {
      operation: "refunds.create",
      resource: {},
      arguments: { order: "ord_1", amount: { minor: 1200 }, reason: "ä" },
    };
    expect(adapter.actionOf(refund('{ "reason": "\\u00e4", "amount": 1200 }'))).toEqual(seen);
    const utf8 = { "content-type": `${JSON_TYPE}; charset=UTF-8` };
    expect(adapter.actionOf(refund('{"amount":1200,"reason":"ä"}', utf8))).toEqual(seen);
  });

  test("an account that the tool names becomes part of the action", () => {
    const named = request("GET", "/v1/orders/ord_1", undefined, { "X-Account": "globex" });
    expect(adapter.actionOf(named).resource).toEqual({ account: "globex" });
    const below = http({
      ...orders,
      tenancy: "path",
      operations: { ordersRetrieve: { ...ordersRetrieve, path: "/v1/accounts/{account}/orders/{order}" } },
      check: { path: "/v1/accounts/{account}" },
    });
    expect(below.actionOf(request("GET", "/v1/accounts/globex/orders/ord_1")).resource).toEqual({
      account: "globex",
    });
  });

  test("a constant tells operations of one path apart, and must be there", () => {
    const act = (action: string) => ({
      ...ordersCancel,
      name: `orders.${action}`,
      path: "/v1/orders/{order}/actions",
      body: { "/do/what": { constant: action } },
    });
    const acting = http({ ...orders, operations: { ordersRetrieve, hold: act("hold"), free: act("free") } });
    const target = "/v1/orders/ord_1/actions";
    const read = (body: string) => acting.actionOf(request("POST", target, body)).operation;
    expect(read('{"do":{"what":"hold"}}')).toBe("orders.hold");
    expect(read('{"do":{"what":"free"}}')).toBe("orders.free");
    for (const body of [
      '{"do":{"what":"burn"}}',
      '{"do":{}}',
      "{}",
      '{"do":"hold"}',
      '{"do":{"what":"hold","x":1}}',
    ])
      expect(refused(() => read(body)).reason, body).toBe("request_mismatch");
  });

  test("a constant of the query must be there too, as it is declared", () => {
    const viewed = http({
      ...orders,
      operations: { ordersRetrieve: { ...ordersRetrieve, query: { view: { constant: "short" } } } },
    });
    const read = (query: string) => viewed.actionOf(request("GET", `/v1/orders/ord_1${query}`));
    expect(read("?view=short").arguments).toEqual({ order: "ord_1" });
    for (const query of ["", "?view=", "?view=full", "?view=short&view=short"])
      expect(refused(() => read(query)).reason, query).toBe("request_mismatch");
  });

  test("decimals are read in their currency's one spelling", () => {
    const decimal = http({
      ...orders,
      operations: {
        ordersRetrieve,
        refundsCreate: {
          ...orders.operations.refundsCreate,
          arguments: {
            order: ordersRetrieve.arguments.order,
            amount: {
              type: "money",
              units: "decimal",
              codes: "lower",
              currencies: ["JPY", "USD"],
              description: "The amount.",
            },
          },
          body: { "/money/value": "amount.minor", "/money/currency": "amount.currency" },
          example: { order: "ord_1", amount: { minor: 1, currency: "USD" } },
        },
      },
    });
    const read = (value: unknown, currency: unknown) =>
      decimal.actionOf(refund(JSON.stringify({ money: { value, currency } }))).arguments["amount"];
    expect(read("42.00", "usd")).toEqual({ minor: 4200, currency: "USD" });
    expect(read("42", "jpy")).toEqual({ minor: 42, currency: "JPY" });
    for (const [value, currency] of [
      ["42", "usd"],
      ["42.0", "usd"],
      ["042.00", "usd"],
      ["42.00", "USD"],
      ["42.00", "eur"],
      ["42.00", "jpy"],
      ["-1.00", "usd"],
      ["0.00", "usd"],
      ["4e2", "jpy"],
      [42, "jpy"],
      ["42", 7],
    ])
      expect(refused(() => read(value, currency)).reason, `${value} ${currency}`).toBe("request_mismatch");
    const half = refund('{"money":{"currency":"usd"}}');
    expect(refused(() => decimal.actionOf(half)).message).toContain("half an amount");
  });
});

describe("a form", () => {
  const sending = http({
    ...orders,
    operations: {
      ordersRetrieve,
      send: {
        ...ordersCancel,
        name: "orders.send",
        path: "/v1/orders/{order}/send",
        arguments: {
          ...ordersCancel.arguments,
          text: { type: "string", maxLength: 40, optional: true, description: "The text." },
          copies: { type: "integer", minimum: 1, optional: true, description: "How many." },
        },
        form: { "message[text]": "text", copies: "copies", kind: { constant: "mail" } },
      },
    },
  });
  const FORM = "application/x-www-form-urlencoded";
  const read = (body: string | Uint8Array, type = FORM, target = "/v1/orders/ord_1/send") =>
    sending.actionOf(request("POST", target, body, { "content-type": type })).arguments;

  test("is read field by field, however it is encoded", () => {
    const seen = { order: "ord_1", text: "a b&c=ä", copies: 2 };
    expect(read("kind=mail&copies=2&message[text]=a+b%26c%3D%C3%A4")).toEqual(seen);
    expect(read("message%5Btext%5D=a%20b%26c=%c3%a4&kind=mail&copies=2", `${FORM}; charset=UTF-8`)).toEqual(
      seen,
    );
  });

  test.for([
    { why: "a field that is not declared", body: "kind=mail&fee=1" },
    { why: "a repeated field", body: "kind=mail&copies=2&copies=3" },
    { why: "another constant", body: "kind=post" },
    { why: "no constant", body: "copies=2" },
    { why: "nothing", body: "" },
    { why: "a number in another spelling", body: "kind=mail&copies=02" },
    { why: "broken encoding", body: "kind=mail&message[text]=%" },
    { why: "bytes that are no UTF-8", body: "kind=mail&message[text]=%ff" },
    { why: "a zero byte", body: "kind=mail&message[text]=%00" },
    { why: "an empty field", body: "kind=mail&&copies=2" },
    { why: "an array", body: "kind=mail&message[text][]=x" },
    { why: "a method override", body: "kind=mail&_method=DELETE" },
    { why: "JSON in it", body: '{"kind":"mail"}' },
    { why: "the type of JSON", body: "kind=mail", type: JSON_TYPE },
    { why: "multipart", body: "kind=mail", type: "multipart/form-data; boundary=x" },
    { why: "another charset", body: "kind=mail", type: `${FORM}; charset=utf-16` },
    { why: "fields in the query", body: "kind=mail", target: "/v1/orders/ord_1/send?copies=2" },
    { why: "more than 64 KiB", body: `kind=mail&message[text]=${"x".repeat(65_536)}` },
  ])("with $why is refused", ({ body, type, target }) => {
    expect(refused(() => read(body, type, target)).reason).toBe("request_mismatch");
  });
});

describe("requests that are refused", () => {
  test.for([
    "GET /v1/orders/",
    "GET /v1/orders/ord_1/",
    "GET /v1/orders//ord_1",
    "GET /v1/orders/./ord_1",
    "GET /v1/orders/x/../ord_1",
    "GET /v1/orders/%2e%2e/ord_1",
    "GET /v1/orders/ord%5f1",
    "GET /v1/orders%2Ford_1",
    "GET /v1/orders%252Ford_1",
    "GET /v1/orders/..;/ord_1",
    "GET /v1/orders/ord_1;x=1",
    "GET /v1/orders/ord_1%00",
    "GET /v1/orders/ord_1%0d%0a",
    "GET /v1/orders\\ord_1",
    "GET /v1/orders/ord_1.",
    "GET /v1/orders/ORD_1",
    "GET /V1/orders/ord_1",
    "GET /v1/orders/ch_1",
    "GET /v1/orders/%C0%AE%C0%AE/ord_1",
    "GET /v1/orders/ord_1#x",
    "GET https://evil.example/v1/orders/ord_1",
    "GET //evil.example/v1/orders/ord_1",
    "GET /v1/account",
    "GET /v2/orders",
    "GET /v1/orders/ord_1?expand=all",
    "GET /v1/orders?limit=3&limit=4",
    "GET /v1/orders?limit=3&limi%74=4",
    "GET /v1/orders?Limit=3",
    "GET /v1/orders?limit[]=3",
    "GET /v1/orders?limit=03",
    "GET /v1/orders?limit=+3",
    "GET /v1/orders?limit=3.0",
    "GET /v1/orders?limit=0",
    "GET /v1/orders?limit=101",
    "GET /v1/orders?limit=%D9%A3",
    "GET /v1/orders?limit=%",
    "GET /v1/orders?status=all",
    "GET /v1/orders?status=paid%00",
    "GET /v1/orders?&limit=3",
    "GET /v1/orders?_method=DELETE",
    "GET /v1/orders?limit=3?status=paid",
    "DELETE /v1/orders/ord_1",
    "PUT /v1/orders/ord_1",
    "POST /v1/orders/ord_1/cancel?force=true",
    "POST /v1/orders/ord_1/note",
    "HEAD /v1/orders/ord_1",
    "get /v1/orders/ord_1",
    "TRACE /v1/orders/ord_1",
    "CONNECT /v1/orders/ord_1",
  ])("%s", (line) => {
    const [method = "", target = ""] = line.split(" ");
    const { reason } = refused(() => adapter.actionOf(request(method, target)));
    expect(["request_mismatch", "target_refused"]).toContain(reason);
  });

  test.for([
    { body: '{"amount":100,"amount":100}', why: "a repeated key" },
    { body: '{"amount":100,"\\u0061mount":9}', why: "a key that is repeated in another spelling" },
    { body: '{"amount":100,"Amount":9}', why: "a key in another case" },
    { body: '{"amount":100,"order":"ord_2"}', why: "an argument of the path" },
    { body: '{"amount":100,"fee":1}', why: "a member that is not declared" },
    { body: '{"amount":100,"__proto__":{"fee":1}}', why: "a prototype" },
    { body: '{"amount":{"minor":100}}', why: "an object where a number belongs" },
    { body: '{"amount":"100"}', why: "an amount as text" },
    { body: '{"amount":100.0}', why: "an amount with a fraction" },
    { body: '{"amount":1e2}', why: "an exponent" },
    { body: '{"amount":-100}', why: "a negative amount" },
    { body: '{"amount":0}', why: "an amount of zero" },
    { body: '{"amount":9007199254740993}', why: "an amount beyond exact numbers" },
    { body: '{"amount":null}', why: "null" },
    { body: '{"reason":"x"}', why: "no amount" },
    { body: '{"amount":100,"reason":null}', why: "null for what may be left out" },
    { body: '{"amount":100,"reason":"\\ud800"}', why: "half a character" },
    { body: '{"amount":100} {}', why: "two values" },
    { body: '[{"amount":100}]', why: "a list" },
    { body: "amount=100", why: "a form" },
    { body: "", why: "nothing" },
    { body: '\ufeff{"amount":100}', why: "a byte order mark" },
    { body: `{"amount":100,"reason":"${"x".repeat(201)}"}`, why: "a reason that is too long" },
    { body: `{"amount":100${" ".repeat(65_536)}}`, why: "more than 64 KiB" },
  ])("a body with $why", ({ body }) => {
    expect(refused(() => adapter.actionOf(refund(body))).reason).toBe("request_mismatch");
  });

  test.for<{ why: string; read: () => GatewayRequest }>([
    { why: "bytes that are no UTF-8", read: () => refund(new Uint8Array([0x7b, 0xff, 0x7d])) },
    { why: "a content encoding", read: () => refund('{"amount":100}', { "content-encoding": "gzip" }) },
    { why: "another type", read: () => refund('{"amount":100}', { "content-type": "text/plain" }) },
    {
      why: "multipart",
      read: () => refund('{"amount":100}', { "content-type": "multipart/form-data; boundary=x" }),
    },
    {
      why: "another charset",
      read: () => refund('{"amount":100}', { "content-type": `${JSON_TYPE}; charset=utf-7` }),
    },
    { why: "no type", read: () => ({ ...refund('{"amount":100}'), headers: {} }) },
    { why: "a query", read: () => request("POST", `${REFUNDS}?amount=1`, '{"amount":100}') },
    { why: "a body where none is declared", read: () => request("POST", "/v1/orders/ord_1/cancel", "{}") },
    { why: "a body on GET", read: () => request("GET", "/v1/orders/ord_1", "{}") },
    ...["x-http-method-override", "x-http-method", "x-method-override"].map((name) => ({
      why: name,
      // The gateway drops it before; whoever calls the adapter without a gateway is told.
      read: () => ({ ...request("GET", "/v1/orders/ord_1"), headers: { [name]: "DELETE" } }),
    })),
  ])("a request with $why", ({ read }) => {
    expect(refused(() => adapter.actionOf(read())).reason).toBe("request_mismatch");
  });

  test("two accounts in one request", () => {
    const twice = () =>
      canonicalRequest({
        method: "GET",
        target: "/v1/orders/ord_1",
        headers: [
          ["x-account", "acme"],
          ["X-Account", "globex"],
        ],
        body: new Uint8Array(),
      });
    expect(refused(twice).reason).toBe("target_refused");
  });

  test("an error quotes no value of the request", () => {
    const { message } = refused(() => adapter.actionOf(refund('{"amount":100,"reason":7,"SECRET":1}')));
    expect(message).not.toContain("SECRET");
    expect(refused(() => adapter.actionOf(request("GET", "/v1/orders?limit=SECRET"))).message).not.toContain(
      "SECRET",
    );
  });
});
