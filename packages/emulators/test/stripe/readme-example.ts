import { stripeTwin } from "@watchword/emulators/stripe";

await using twin = await stripeTwin({
  accounts: { acct_a: { charges: { ch_1: { amount: 4200, currency: "usd" } } } },
  keys: [{ secret: "rk_test_a", permissions: { charges: "read", refunds: "write" } }],
});
const headers = { authorization: "Bearer rk_test_a" };
const body = new URLSearchParams({ charge: "ch_1", amount: "1200" });
const response = await fetch(`${twin.url}/v1/refunds`, { method: "POST", headers, body });

/** 200, 1200 of the charge refunded, one effect. */
export const seen = {
  status: response.status,
  refunded: twin.charge("acct_a", "ch_1")?.amount_refunded,
  effects: twin.requests.filter((request) => request.kind === "effect").length,
};
