import type { Clock } from "@watchword/core";

/** An order that is there from the beginning. `amount` in the currency's smallest unit. */
export interface OrderSeed {
  readonly amount: number;
  /** Upper case. */
  readonly currency: string;
  readonly refunded?: number;
  readonly note?: string;
  /** Whose it is within a shared account. */
  readonly tenant?: string;
}

/** What a key may do with orders; `write` includes `read`. */
export type OrdersPermission = "none" | "read" | "write";

/** One static key. For Basic authentication it is `user:password`. */
export interface KeySeed {
  readonly secret: string;
  readonly orders: OrdersPermission;
  /** Accounts that the key reaches; default: all. The first one is its own, used where a request names none. */
  readonly accounts?: readonly string[];
}

/** Options of {@link httpTwin}. */
export interface HttpTwinOptions {
  /** Orders by account and id. */
  readonly accounts: Readonly<Record<string, { readonly orders: Readonly<Record<string, OrderSeed>> }>>;
  readonly keys: readonly KeySeed[];
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}
