import { parseDuration } from "./duration.ts";
import type { Policy } from "./policy.ts";
import type { Approvers, TenantRule } from "./policy-document.ts";

/** A declared workload. */
export interface DeclaredWorkload {
  readonly name: string;
  readonly agents: readonly string[];
  readonly tenant: TenantRule;
  /** Seconds that a run may be renewed for; `undefined`: as long as the broker allows. */
  readonly maxSessionSeconds: number | undefined;
}

/** Whom a verified identity stands for. */
export interface WorkloadIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** Of the verifier that vouches. A `localKey` never matches anything else. */
  readonly developmentOnly: boolean;
}

const LOCAL_KEY_ISSUER = "urn:watchword:local-key";

/** The workload that a verified identity is declared as; `undefined` when it is not. */
export function workloadOf(policy: Policy, identity: WorkloadIdentity): DeclaredWorkload | undefined {
  for (const [name, { identity: declared, agents, tenant, maxSession }] of Object.entries(
    policy.document.workloads,
  )) {
    const fits =
      "localKey" in declared
        ? identity.developmentOnly &&
          identity.issuer === LOCAL_KEY_ISSUER &&
          identity.subject === declared.localKey
        : identity.issuer === declared.oidc.issuer && identity.subject === declared.oidc.subject;
    if (fits)
      return {
        name,
        agents,
        tenant,
        maxSessionSeconds: maxSession === undefined ? undefined : parseDuration(maxSession),
      };
  }
  return undefined;
}

/** The declared approvers of a name. */
export function approversOf(policy: Policy, name: string): Approvers | undefined {
  return Object.hasOwn(policy.document.approvers, name) ? policy.document.approvers[name] : undefined;
}
