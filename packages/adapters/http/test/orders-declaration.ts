import type { HttpOptions } from "@watchword/adapter-http";

const order = {
  type: "string",
  pattern: "^ord_[a-z0-9]{1,40}$",
  description: "Id of the order: ord_….",
} as const;

/** The twin's API as a team that has a platform key for all accounts would declare it. */
export const orders = {
  origin: "https://orders.example",
  tenancy: { header: "x-account" },
  secret: { header: "authorization", scheme: "Bearer", testPrefix: "test_" },
  headers: { "x-api-version": "2026-11-01" },
  idempotencyKey: "idempotency-key",
  decisionId: "x-watchword-decision",
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
    ordersList: {
      name: "orders.list",
      access: "read",
      title: "List the orders of the account",
      method: "GET",
      path: "/v1/orders",
      arguments: {
        limit: { type: "integer", minimum: 1, maximum: 100, optional: true, description: "Orders, 1–100." },
        status: { type: "string", enum: ["paid", "cancelled"], optional: true, description: "Only these." },
      },
      query: { limit: "limit", status: "status" },
      example: { limit: 3, status: "paid" },
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
          currencies: ["EUR", "JPY", "USD"],
          currency: { fact: "order.currency" },
          description: "Amount in the smallest unit of the order's currency.",
        },
        reason: { type: "string", maxLength: 200, optional: true, description: "For the customer." },
      },
      body: { "/amount": "amount.minor", "/reason": "reason" },
      ids: { refund: "/id", order: "/order" },
      example: { order: "ord_example", amount: { minor: 100, currency: "USD" }, reason: "broken" },
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
    ordersAnnotate: {
      name: "orders.annotate",
      access: "write",
      title: "Write a note on an order",
      method: "PATCH",
      path: "/v1/orders/{order}",
      arguments: { order, note: { type: "string", maxLength: 500, description: "The note." } },
      body: { "/note": "note" },
      ids: { order: "/id" },
      example: { order: "ord_example", note: "call first" },
    },
    noteDelete: {
      name: "orders.note.delete",
      access: "write",
      title: "Delete the note of an order",
      method: "DELETE",
      path: "/v1/orders/{order}/note",
      arguments: { order },
      ids: { order: { argument: "order" } },
      example: { order: "ord_example" },
    },
  },
  lookups: {
    order: {
      operation: "ordersRetrieve",
      id: "/id",
      owner: "/account",
      facts: { currency: "/currency", amount: "/amount", refunded: "/refunded", status: "/status" },
    },
  },
  check: { path: "/v1/account", account: "/id" },
} as const satisfies HttpOptions;
