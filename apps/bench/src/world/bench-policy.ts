import { type Policy, definePolicy } from "@watchword/policy";

/** The agent that acts, in the middle of the others. */
export const AGENT = "support";
export const TENANT = "mid";

/** A policy of that many grants: the one that is used, and one for each of as many other agents. */
export function benchPolicy(grants: number): Policy {
  const others = Array.from({ length: grants - 1 }, (_, index) => `agent-${index}`);
  const grantOf = (agent: string): object => ({
    id: `refund-${agent}`,
    agent,
    operation: "orders/orders.refund",
    resource: { account: "${tenant.orders.account}" },
    where: { "args.order": { ownedBy: "tenant" }, "args.reason": { in: ["broken", "late"] } },
    lease: { action: "5m" },
  });
  const half = others.length >> 1;
  const agents = [...others.slice(0, half), AGENT, ...others.slice(half)];
  return definePolicy({
    watchword: 1,
    systems: { orders: { adapter: "bench" } },
    agents: Object.fromEntries(agents.map((agent) => [agent, {}])),
    workloads: { bench: { identity: { localKey: "bench" }, agents, tenant: { fixed: TENANT } } },
    grants: agents.map(grantOf),
  } as Parameters<typeof definePolicy>[0]);
}
