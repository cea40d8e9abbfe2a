import type { AzureOptions } from "@watchword/adapter-azure";

const order = { type: "string", pattern: "^ord_[a-z0-9]{1,40}$", description: "Id of the order." } as const;

/** The twin's API as a team would declare it, without who asks for tokens. */
export const orders = {
  origin: "https://orders.example",
  tenancy: { header: "x-account" },
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
      ids: { order: "/id" },
      example: { order: "ord_example" },
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
          description: "Amount in the smallest unit of the order's currency.",
        },
      },
      body: { "/amount": "amount.minor" },
      ids: { refund: "/id", order: "/order" },
      example: { order: "ord_example", amount: { minor: 100, currency: "USD" } },
    },
    ordersCancel: {
      name: "orders.cancel",
      access: "write",
      title: "Cancel an order",
      method: "POST",
      path: "/v1/orders/{order}/cancel",
      arguments: { order },
      ids: { order: "/id" },
      example: { order: "ord_example" },
    },
  },
  lookups: {
    order: {
      operation: "ordersRetrieve",
      id: "/id",
      owner: "/account",
      facts: { currency: "/currency", amount: "/amount", status: "/status" },
    },
  },
  check: { path: "/v1/account", account: "/id" },
} as const satisfies Omit<AzureOptions, "entra">;

/** All that each step's app may do. */
export const ROLES = { reader: ["Orders.Read"], writer: ["Orders.ReadWrite"] } as const;
