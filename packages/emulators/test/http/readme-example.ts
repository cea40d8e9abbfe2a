import { httpTwin } from "@watchword/emulators/http";

await using twin = await httpTwin({
  accounts: { acme: { orders: { ord_1: { amount: 4200, currency: "USD" } } } },
  keys: [{ secret: "test_key_acme", orders: "write" }],
});
const response = await fetch(`${twin.url}/v1/orders/ord_1/refunds`, {
  method: "POST",
  headers: { authorization: "Bearer test_key_acme", "content-type": "application/json" },
  body: JSON.stringify({ amount: 5000 }),
});

/** 422: more than the order; nothing was refunded. */
export const refused = { status: response.status, refunds: twin.refunds("acme").length };
