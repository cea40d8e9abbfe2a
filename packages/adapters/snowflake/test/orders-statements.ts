import type { SnowflakeOptions } from "@watchword/adapter-snowflake";

const customer = {
  type: "string",
  pattern: "^c_[a-z0-9]{1,20}$",
  description: "Id of the customer: c_….",
} as const;

/** Orders in a warehouse: reads, one that takes its time, and changes. */
export const orders = {
  role: "AGENT_RO",
  writeRole: "AGENT_RW",
  warehouse: "AGENT_WH",
  database: "SHOP",
  schema: "PUBLIC",
  select: {
    tables: { ORDERS: ["ID", "CUSTOMER", "TOTAL", "PLACED"], "SHOP.OTHER.NOTES": ["ID"] },
    maxRows: 50,
  },
  statements: {
    ordersOfCustomer: {
      name: "orders.of_customer",
      access: "read",
      title: "Orders of one customer, the latest first",
      statement:
        "SELECT id, total FROM orders WHERE customer = {customer} AND placed >= TO_DATE({since}) AND gift = {gift} ORDER BY placed DESC LIMIT 100",
      arguments: {
        customer,
        since: { type: "date", description: "The first day." },
        gift: { type: "boolean", description: "Only gifts, or none." },
      },
      example: { customer: "c_1", since: "2026-01-01", gift: false },
    },
    ordersAbove: {
      name: "orders.above",
      access: "read",
      title: "All orders above an amount",
      statement: "SELECT id, customer FROM orders WHERE total > {total}",
      arguments: { total: { type: "integer", minimum: 0, description: "In cents." } },
      async: true,
      timeoutSeconds: 60,
      example: { total: 100 },
    },
    ordersClose: {
      name: "orders.close",
      access: "write",
      title: "Close an order",
      statement: "UPDATE orders SET state = 'closed', note = {note} WHERE id = {order} AND state <> 'closed'",
      arguments: {
        order: { type: "string", pattern: "^o_[0-9]{1,9}$", description: "Id of the order: o_…." },
        note: { type: "string", maxLength: 200, description: "Why." },
      },
      timeoutSeconds: 20,
      example: { order: "o_1", note: "paid" },
    },
  },
} as const satisfies SnowflakeOptions;
