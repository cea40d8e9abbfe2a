import {
  AccessClaims,
  type Adapter,
  type AdapterContext,
  type Authority,
  type Catalogue,
  Refusal,
  operation,
  parseClaims,
  readCompactJws,
  sameAuthority,
} from "@watchword/core";
import { z } from "zod";

export const AUDIENCE = "https://orders.example";

const catalogue: Catalogue = {
  adapter: "service",
  operations: {
    ordersRead: operation({
      name: "orders.read",
      access: "read",
      title: "Read an order",
      resource: { tenant: "the tenant" },
      arguments: z.strictObject({ order: z.string() }),
      references: [],
      decided: [],
      example: { order: "o_1" },
    }),
  },
};

/** An adapter of a team's own service, under the test's control. */
export interface ServiceAdapter {
  readonly adapter: Adapter;
  /** What a mint makes of its context; by default one token for 60 seconds. */
  mint: (context: AdapterContext) => Promise<Awaited<ReturnType<NonNullable<AdapterContext["accessToken"]>>>>;
  /** Contexts of every call that had one. */
  readonly calls: { readonly call: string; readonly context: AdapterContext }[];
}

export function serviceAdapter(
  more: Partial<Pick<Adapter, "audience">> = { audience: AUDIENCE },
): ServiceAdapter {
  const calls: ServiceAdapter["calls"] = [];
  const noted = (call: string, context: AdapterContext): void => void calls.push({ call, context });
  const made: ServiceAdapter = {
    adapter: undefined as never,
    calls,
    mint: async ({ accessToken }) => {
      if (accessToken === undefined) throw new Refusal("configuration_invalid");
      return accessToken(60);
    },
  };
  const adapter: Adapter = {
    name: "service",
    catalogue,
    capabilities: {
      custody: "released",
      nativeLifeSeconds: 60,
      revoke: "none",
      enforcedBySystem: ["operation", "order"],
      enforcedByGateway: [],
      rootSecret: "none",
    },
    origins: [AUDIENCE],
    ...more,
    isLiveSecret: () => false,
    resolve: async (_action, context) => (noted("resolve", context), { owners: {}, values: {} }),
    complete: (action, _facts, account) => ({ resource: { tenant: account }, arguments: action.arguments }),
    plan: (action): Authority => ({ ...action, access: "read", native: {} }),
    covers: sameAuthority,
    mint: async (authority, context) => {
      noted("mint", context);
      const credential = await made.mint(context);
      const claims = credential.open((token) => parseClaims(AccessClaims, readCompactJws(token).claims));
      return { credential, kind: "access-token", granted: authority, nativeExpiresAt: claims.exp };
    },
    revoke: async (_credential, context) => (noted("revoke", context), "unsupported"),
    actionOf: () => {
      throw new Refusal("request_mismatch");
    },
    enforce: () => ({ method: "GET", url: AUDIENCE, headers: {}, body: undefined }),
    inject: (request) => request,
    outcomeOf: () => ({ effect: "none", ids: {}, status: 0 }),
    residual: () => ({ summary: "none", axes: [], heldBy: "gateway" }),
    selfCheck: async (context) => (noted("selfCheck", context), []),
  };
  return Object.assign(made, { adapter });
}

export const SERVICE_POLICY = `
watchword: 1
systems: { orders: { adapter: service, audience: "${AUDIENCE}" }, nameless: { adapter: service }, broker: { adapter: service } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
grants:
  - { id: read, agent: support, operation: orders/orders.read, resource: { tenant: "\${tenant.orders.account}" }, custody: released, lease: { action: 30s } }
  - { id: nameless, agent: support, operation: nameless/orders.read, resource: { tenant: "\${tenant.nameless.account}" }, custody: released, lease: { action: 30s } }
  - { id: broker, agent: support, operation: broker/orders.read, resource: { tenant: "\${tenant.broker.account}" }, custody: released, lease: { action: 30s } }
  - { id: held, agent: reader, operation: orders/orders.read, resource: { tenant: "\${tenant.orders.account}" }, lease: { action: 30s } }
`;
