import { verifyToken } from "@watchword/verify/fastify";
import Fastify, { type FastifyRequest } from "fastify";
import { orders } from "./readme-parts.ts";

const { requireOperation, verified } = verifyToken({
  issuer: "https://broker.example/access",
  audience: "https://orders.example",
});

export const app = Fastify();
app.get<Order>(
  "/orders/:order",
  { preHandler: requireOperation("orders.read", (request: FastifyRequest<Order>) => request.params) },
  (request) => orders.find(verified(request).tenant, request.params.order),
);

interface Order {
  Params: { order: string };
}
