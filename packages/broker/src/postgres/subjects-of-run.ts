import type { FrozenSubject } from "@watchword/core";
import type { StoredRun } from "../sqlite/command.ts";

/** What keeps a run from starting when it is frozen: its tenant, and each agent of its chain. */
export function subjectsOfRun({ tenant, chain }: Pick<StoredRun, "tenant" | "chain">): FrozenSubject[] {
  return [`tenant:${tenant}`, ...chain.map((agent) => `agent:${agentId(agent)}` as const)];
}

/** `support` of `support@3` */
export function agentId(reference: string): string {
  return reference.slice(0, reference.indexOf("@"));
}
