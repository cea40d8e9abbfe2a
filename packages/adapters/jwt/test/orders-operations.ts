import { Money } from "@watchword/core";
import { z } from "zod";
import type { ServiceOperations } from "../src/index.ts";

const order = z
  .string()
  .regex(/^o_[a-z0-9]{1,20}$/)
  .describe("Id of the order: o_….");

/** Orders of a shop, with arguments in every place that there is. */
export const ordersOperations = {
  ordersRead: {
    name: "orders.read",
    access: "read",
    title: "Read one order",
    method: "GET",
    path: "/orders/{order}",
    arguments: z.strictObject({ order }),
    example: { order: "o_1" },
  },
  ordersList: {
    name: "orders.list",
    access: "read",
    title: "List orders",
    method: "GET",
    path: "/orders",
    arguments: {
      state: { type: "string", enum: ["open", "paid"], description: "Only orders in this state." },
      limit: { type: "integer", minimum: 1, maximum: 100, description: "Orders in a page.", optional: true },
      gift: { type: "boolean", description: "Only gifts, or none.", optional: true },
      after: { type: "string", description: "A search text.", optional: true },
    },
    example: { state: "open", limit: 10, gift: true, after: "50% of ä & b" },
  },
  ordersRefund: {
    name: "orders.refund",
    access: "write",
    title: "Refund an order in part",
    method: "POST",
    path: "/orders/{order}/refunds",
    arguments: z.strictObject({
      order,
      amount: Money.describe("What is given back."),
      items: z.array(z.string().max(20)).max(9).optional().describe("Which items of it."),
    }),
    example: { order: "o_1", amount: { minor: 1200, currency: "EUR" }, items: ["i_1", "i_2"] },
    ids: { refund: "id" },
  },
  ordersDiscard: {
    name: "orders.discard",
    access: "write",
    title: "Discard the draft of an order",
    method: "DELETE",
    path: "/orders/{order}/draft",
    arguments: z.strictObject({ order }),
    example: { order: "o_1" },
    ids: { order: "id" },
  },
} satisfies ServiceOperations;
