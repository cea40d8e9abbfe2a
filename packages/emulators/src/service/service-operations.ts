const ORDER = {
  type: "string",
  pattern: "^o_[a-z0-9]{1,20}$",
  description: "Id of the order: o_….",
} as const;

/** What the service can be asked to do, as `@watchword/adapter-jwt` takes it: one value for broker, tools and service. */
export const serviceOperations = Object.freeze({
  ordersRead: {
    name: "orders.read",
    access: "read",
    title: "Read one order",
    method: "GET",
    path: "/orders/{order}",
    arguments: { order: ORDER },
    example: { order: "o_1" },
  },
  ordersRefund: {
    name: "orders.refund",
    access: "write",
    title: "Refund an order in part",
    method: "POST",
    path: "/orders/{order}/refunds",
    arguments: { order: ORDER, amount: { type: "money", description: "What is given back." } },
    example: { order: "o_1", amount: { minor: 1_200, currency: "EUR" } },
    ids: { refund: "id" },
  },
} as const);
