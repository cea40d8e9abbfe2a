import { verifyToken } from "@watchword/verify/express";
import express, { type Request } from "express";
import { orders } from "./readme-parts.ts";

const { requireOperation, verified } = verifyToken({
  issuer: "https://broker.example/access",
  audience: "https://orders.example",
});

export const app = express().get(
  "/orders/:order",
  requireOperation("orders.read", (req: Request<{ order: string }>) => req.params),
  (req, res) => void res.json(orders.find(verified(req).tenant, req.params.order)),
);
