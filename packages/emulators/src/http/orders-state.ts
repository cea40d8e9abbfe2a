import { ApiProblem } from "./api-problem.ts";
import type { OrderSeed } from "./twin-options.ts";

/** An order as the API shows it. */
export interface TwinOrder {
  readonly id: string;
  readonly object: "order";
  readonly account: string;
  readonly tenant: string | null;
  readonly amount: number;
  readonly refunded: number;
  readonly currency: string;
  readonly status: "paid" | "cancelled";
  readonly note: string | null;
}

/** A refund as the API shows it. */
export interface TwinRefund {
  readonly id: string;
  readonly object: "refund";
  readonly order: string;
  readonly amount: number;
  readonly currency: string;
  readonly reason: string | null;
}

/** What one account holds. Objects are replaced, never changed, so that a snapshot stays one. */
export class OrdersState {
  readonly id: string;
  readonly orders = new Map<string, TwinOrder>();
  readonly refunds: TwinRefund[] = [];

  constructor(id: string, seeds: Readonly<Record<string, OrderSeed>>) {
    this.id = id;
    for (const [order, seed] of Object.entries(seeds)) {
      const { amount, currency, refunded = 0, note = null, tenant = null } = seed;
      this.orders.set(order, {
        id: order,
        object: "order",
        account: id,
        tenant,
        amount,
        refunded,
        currency,
        status: "paid",
        note,
      });
    }
  }

  /** @throws ApiProblem 404, for another account's order as for none */
  order(id: string): TwinOrder {
    const found = this.orders.get(id);
    if (found === undefined) throw new ApiProblem(404, "not_found", `No such order: ${id}`);
    return found;
  }

  /** @throws ApiProblem 422 */
  refund(order: TwinOrder, terms: Readonly<Record<string, unknown>>, id: string): TwinRefund {
    const { amount, currency, reason = null, ...unknown } = terms;
    refuseUnknown(unknown);
    if (typeof amount !== "number" || !Number.isSafeInteger(amount) || amount < 1)
      throw new ApiProblem(422, "amount_invalid", "amount must be a positive integer");
    if (currency !== undefined && currency !== order.currency)
      throw new ApiProblem(422, "currency_mismatch", `the order is in ${order.currency}`);
    if (reason !== null && typeof reason !== "string")
      throw new ApiProblem(422, "reason_invalid", "reason must be text");
    if (order.status === "cancelled") throw new ApiProblem(409, "cancelled", "the order is cancelled");
    if (amount > order.amount - order.refunded)
      throw new ApiProblem(422, "amount_too_large", "more than what remains of the order");
    const refund: TwinRefund = {
      id,
      object: "refund",
      order: order.id,
      amount,
      currency: order.currency,
      reason,
    };
    this.refunds.push(refund);
    this.orders.set(order.id, { ...order, refunded: order.refunded + amount });
    return refund;
  }

  /** @throws ApiProblem 409 */
  cancel(order: TwinOrder): TwinOrder {
    if (order.status === "cancelled") throw new ApiProblem(409, "cancelled", "the order is cancelled");
    return this.#put({ ...order, status: "cancelled" });
  }

  /** @throws ApiProblem 422 */
  annotate(order: TwinOrder, terms: Readonly<Record<string, unknown>>): TwinOrder {
    const { note, ...unknown } = terms;
    refuseUnknown(unknown);
    if (typeof note !== "string") throw new ApiProblem(422, "note_invalid", "note must be text");
    return this.#put({ ...order, note });
  }

  clearNote(order: TwinOrder): TwinOrder {
    return this.#put({ ...order, note: null });
  }

  #put(order: TwinOrder): TwinOrder {
    this.orders.set(order.id, order);
    return order;
  }
}

function refuseUnknown(members: Readonly<Record<string, unknown>>): void {
  const [name] = Object.keys(members);
  if (name !== undefined) throw new ApiProblem(422, "member_unknown", `unknown member: ${name}`);
}
