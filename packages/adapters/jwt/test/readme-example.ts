import { jwt, serviceCatalogue } from "@watchword/adapter-jwt";
import { system } from "@watchword/core";
import { z } from "zod";

/** What the service can be asked to do: one value for the broker, the tools and the service itself. */
export const operations = {
  ordersRead: {
    name: "orders.read",
    access: "read",
    title: "Read one order",
    method: "GET",
    path: "/orders/{order}",
    arguments: z.strictObject({
      order: z
        .string()
        .regex(/^o_\d+$/)
        .describe("Id of the order."),
    }),
    example: { order: "o_1" },
  },
} as const;

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { orders: jwt({ audience: "https://orders.internal", operations }) };

/** Bindings beside the tools need the catalogue only: bind(orders.ordersRead, ({ order }) => ({ order })). */
export const orders = system("orders", serviceCatalogue(operations));
