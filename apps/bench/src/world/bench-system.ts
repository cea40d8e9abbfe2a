import {
  type Adapter,
  type Authority,
  type Operation,
  Refusal,
  operation,
  sameAuthority,
} from "@watchword/core";
import { z } from "zod";

/**
 * A system that is asked nothing while an exchange goes on: its key is the tenant's and stays in the gateway, as with a system
 * that mints no credential for one call. So an exchange is what the broker itself does. `others`: operations besides the one
 * that is used.
 */
export function benchSystem(others: number): Adapter {
  return Object.freeze<Adapter>({
    name: "bench",
    catalogue: {
      adapter: "bench",
      operations: {
        ordersRefund: refund("orders.refund"),
        ...Object.fromEntries(
          Array.from({ length: others }, (_, index) => [`other${index}`, refund(`orders.other_${index}`)]),
        ),
      },
    },
    capabilities: {
      custody: "gateway",
      nativeLifeSeconds: null,
      revoke: "none",
      enforcedBySystem: [],
      enforcedByGateway: ["account", "operation", "object"],
    },
    origins: ["https://orders.example"],
    isLiveSecret: () => false,
    resolve: async () => ({ owners: { order: "tenant" }, values: {} }),
    complete: (action, _facts, account) => ({ resource: { account }, arguments: action.arguments }),
    plan: (action): Authority => ({ ...action, access: "write", native: {} }),
    covers: sameAuthority,
    mint: async (authority, { connection }) => ({
      credential: connection.secret,
      kind: "restricted-key",
      granted: authority,
      nativeExpiresAt: null,
    }),
    revoke: async () => "injected_only",
    actionOf: () => {
      throw new Refusal("request_mismatch");
    },
    enforce: () => ({ method: "POST", url: "https://orders.example", headers: {}, body: undefined }),
    inject: (request) => request,
    outcomeOf: () => ({ effect: "unknown", ids: {}, status: 0 }),
    residual: () => ({ summary: "none", axes: [], heldBy: "gateway" }),
    selfCheck: async () => [{ severity: "ok", text: "there" }],
  });
}

function refund(name: string): Operation {
  return operation({
    name,
    access: "write",
    title: "Give the money of an order back",
    resource: { account: "the account" },
    arguments: z.strictObject({ order: z.string().regex(/^o_[a-z0-9]+$/), reason: z.string().max(64) }),
    references: ["order"],
    decided: [],
    example: { order: "o_1", reason: "broken" },
  });
}
