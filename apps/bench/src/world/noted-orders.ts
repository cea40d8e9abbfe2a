import {
  type Adapter,
  type Authority,
  Refusal,
  operation,
  parseArguments,
  sameAuthority,
} from "@watchword/core";
import { z } from "zod";

/** Path of the one request, below the system's name at the gateway. */
export const NOTE_PATH = "/v1/orders/o_1/notes";
/** About what is said in 1 kB of JSON. */
const TEXT = "It arrived, and one of its two boxes was wet. ".repeat(21);

/** The one action that all requests are. */
export const NOTE: Authority = {
  system: "orders",
  operation: "orders.note",
  access: "write",
  resource: { account: "acct_mid" },
  arguments: { order: "o_1", text: TEXT },
  native: {},
};
/** Its request's body, as a tool writes it. */
export const NOTE_BODY = Buffer.from(JSON.stringify({ text: TEXT }));

const note = operation({
  name: "orders.note",
  access: "write",
  title: "Write a note on an order",
  resource: { account: "the account" },
  arguments: z.strictObject({ order: z.string().regex(/^o_[a-z0-9]+$/), text: z.string().max(2_000) }),
  references: ["order"],
  decided: [],
  example: { order: "o_1", text: "It arrived." },
});
const PATH = /^\/v1\/orders\/(o_[a-z0-9]+)\/notes$/;

/** An adapter that does what adapters do at a gateway: reads the action back, writes the request anew, reads the outcome. */
export function notedOrders(upstream: string): Adapter {
  return Object.freeze<Adapter>({
    name: "orders",
    catalogue: { adapter: "orders", operations: { note } },
    capabilities: {
      custody: "gateway",
      nativeLifeSeconds: null,
      revoke: "none",
      enforcedBySystem: [],
      enforcedByGateway: ["account", "operation", "object"],
    },
    origins: [upstream],
    isLiveSecret: () => false,
    resolve: () => Promise.reject(new Error("not of the gateway")),
    complete: () => {
      throw new Error("not of the gateway");
    },
    plan: () => NOTE,
    covers: sameAuthority,
    mint: () => Promise.reject(new Error("not of the gateway")),
    revoke: async () => "injected_only",
    actionOf: ({ method, path, query, body }) => {
      const order = PATH.exec(path)?.[1];
      if (method !== "POST" || order === undefined || query.length > 0) throw new Refusal("request_mismatch");
      const fields = JSON.parse(Buffer.from(body).toString()) as object;
      return {
        operation: note.name,
        resource: {},
        arguments: parseArguments(note, { ...fields, order }),
      };
    },
    enforce: ({ arguments: { order, text } }, _request, { idempotencyKey }) => ({
      method: "POST",
      url: `${upstream}/v1/orders/${order as string}/notes`,
      headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
      body: Buffer.from(JSON.stringify({ text })),
    }),
    inject: (request, credential) => ({
      ...request,
      headers: { ...request.headers, authorization: credential.open((key) => `Bearer ${key}`) },
    }),
    outcomeOf: (_authority, response) => {
      if (response?.status !== 200) return { effect: "unknown", ids: {}, status: response?.status ?? 0 };
      const { id } = JSON.parse(Buffer.from(response.body).toString()) as { id: string };
      return { effect: "done", ids: { note: id }, status: 200 };
    },
    residual: () => ({ summary: "none", axes: [], heldBy: "gateway" }),
    selfCheck: async () => [],
  });
}
