import { type Policy, definePolicy } from "@watchword/policy";

/** The agent that acts, in the middle of the others. */
export const AGENT = "support";
export const TENANT = "mid";

/** Other agents at most: each has grants for as many operations as are needed. */
const OTHERS = 1_000;

/** A policy of that many grants: the one that is used, and others, each for another agent and operation. */
export function benchPolicy(grants: number): Policy {
  const others = Array.from({ length: Math.min(OTHERS, grants - 1) }, (_, index) => `agent-${index}`);
  const agents = [...others, AGENT];
  const grantOf = (id: string, agent: string, operation: string): object => ({
    id,
    agent,
    operation: `orders/${operation}`,
    resource: { account: "${tenant.orders.account}" },
    where: { "args.order": { ownedBy: "tenant" }, "args.reason": { in: ["broken", "late"] } },
    lease: { action: "5m" },
  });
  const rest = Array.from({ length: grants - 1 }, (_, index) =>
    grantOf(`other-${index}`, `agent-${index % OTHERS}`, `orders.other_${Math.floor(index / OTHERS)}`),
  );
  const half = rest.length >> 1;
  return definePolicy({
    watchword: 1,
    systems: { orders: { adapter: "bench" } },
    agents: Object.fromEntries(agents.map((agent) => [agent, {}])),
    workloads: { bench: { identity: { localKey: "bench" }, agents, tenant: { fixed: TENANT } } },
    grants: [...rest.slice(0, half), grantOf("refund", AGENT, "orders.refund"), ...rest.slice(half)],
  } as Parameters<typeof definePolicy>[0]);
}

/** How many operations besides the one that is used a policy of so many grants names. */
export const otherOperations = (grants: number): number => Math.ceil((grants - 1) / OTHERS);
