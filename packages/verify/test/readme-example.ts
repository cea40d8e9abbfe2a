import { verifyToken } from "@watchword/verify/hono";
import { Hono } from "hono";
import { orders } from "./readme-parts.ts";

const { requireOperation, verified } = verifyToken({
  issuer: "https://broker.example/access", // the broker's own issuer, with /access
  audience: "https://orders.example", // this service, as the broker's adapter names it
});

export const app = new Hono().get(
  "/orders/:order",
  requireOperation("orders.read", (c) => ({ order: c.req.param("order") })),
  (c) => c.json(orders.find(verified(c).tenant, c.req.param("order"))),
);
