import { type HttpOptions, http } from "@watchword/adapter-http";
import { httpCatalogue } from "@watchword/adapter-http/catalogue";
import { system } from "@watchword/core";

const order = { type: "string", pattern: "^ord_[a-z0-9]{1,40}$", description: "Id of the order." } as const;

/** Data, no code. What is not declared does not exist. */
export const orders = {
  origin: "https://api.orders.example",
  tenancy: { header: "x-account" },
  secret: { header: "authorization", scheme: "Bearer" },
  idempotencyKey: "idempotency-key",
  refusal: "/error/code",
  operations: {
    ordersRetrieve: {
      name: "orders.retrieve",
      access: "read",
      title: "Read one order",
      method: "GET",
      path: "/v1/orders/{order}",
      arguments: { order },
      example: { order: "ord_1" },
    },
    refundsCreate: {
      name: "refunds.create",
      access: "write",
      title: "Refund a part of an order",
      method: "POST",
      path: "/v1/orders/{order}/refunds",
      arguments: {
        order,
        amount: {
          type: "money",
          units: "minor",
          currencies: ["EUR", "USD"],
          currency: { fact: "order.currency" },
          description: "In the smallest unit of the order's currency.",
        },
      },
      body: { "/amount": "amount.minor" },
      ids: { refund: "/id" },
      example: { order: "ord_1", amount: { minor: 1200 } },
    },
  },
  lookups: {
    order: { operation: "ordersRetrieve", id: "/id", owner: "/account", facts: { currency: "/currency" } },
  },
  check: { path: "/v1/account", account: "/id" },
} as const satisfies HttpOptions;

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { shop: http(orders) };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const shop = system("shop", httpCatalogue(orders));
