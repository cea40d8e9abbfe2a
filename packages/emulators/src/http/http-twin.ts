import { systemClock } from "@watchword/core";
import { type OrdersServer, ordersServer } from "./orders-server.ts";
import type { HttpTwinOptions } from "./twin-options.ts";

/** A running twin. Each has its own state, gone with it. */
export type HttpTwin = OrdersServer;

/**
 * Starts a local stand-in for an API with orders behind static keys. It refuses unknown keys, missing permissions, foreign
 * accounts and objects, over-refunds, unknown members and reused idempotency keys; and it believes in method overrides and
 * other spellings, as many servers do.
 *
 * @example
 * ```ts
 * await using twin = await httpTwin({
 *   accounts: { acme: { orders: { ord_1: { amount: 4200, currency: "USD" } } } },
 *   keys: [{ secret: "test_key_acme", orders: "write" }],
 * });
 * ```
 */
export async function httpTwin({ clock = systemClock, ...options }: HttpTwinOptions): Promise<HttpTwin> {
  return ordersServer({ ...options, clock });
}
