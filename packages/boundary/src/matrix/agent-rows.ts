import type { Reason } from "@watchword/core";
import { type Change, type GrantMatter, grantedAgents } from "./grant-matter.ts";

/** The agent: others that are declared, names that are not, and the right name in the wrong workload. */
export function agentRows({ policy, grant, workload, baseline }: GrantMatter): Change[] {
  const { agents, workloads } = policy.document;
  const granted = grantedAgents(policy, grant.system, grant.operation);
  const mayRun = new Set(workloads[workload]?.agents);
  const change = (
    mutation: string,
    title: string,
    changes: Partial<GrantMatter["baseline"]>,
    reason: Reason,
  ): Change => ({
    fact: "agent",
    mutation,
    title,
    mutated: { ...baseline, ...changes },
    expected: [reason],
  });
  return [
    ...Object.keys(agents)
      .filter((agent) => !granted.has(agent))
      .map((agent) =>
        change(
          `other-${agent}`,
          `agent ${agent}, which has no such grant`,
          { agent },
          mayRun.has(agent) ? "not_granted" : "agent_not_allowed",
        ),
      ),
    change("undeclared", "an agent that nobody declared", { agent: "boundary-nobody" }, "agent_not_allowed"),
    ...["constructor", "tostring"].map((agent) =>
      change(`inherited-${agent}`, `an agent by the name of ${agent}`, { agent }, "agent_not_allowed"),
    ),
    change("prototype", "an agent by the name of __proto__", { agent: "__proto__" }, "request_malformed"),
    change(
      "upper-case",
      "the agent in upper case",
      { agent: baseline.agent.toUpperCase() },
      "request_malformed",
    ),
    ...Object.entries(workloads)
      .filter(([, declared]) => !declared.agents.includes(baseline.agent))
      .map(([name]) =>
        change(
          `in-${name}`,
          `the agent in workload ${name}, which may not run it`,
          { workload: name },
          "agent_not_allowed",
        ),
      ),
    change(
      "undeclared-workload",
      "the agent in a workload that nobody declared",
      { workload: "boundary-nobody" },
      "workload_unknown",
    ),
  ];
}
