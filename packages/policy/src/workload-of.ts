import type { Json } from "@watchword/core";
import { claimsHold } from "./claim-rule.ts";
import { parseDuration } from "./duration.ts";
import type { Policy } from "./policy.ts";
import type { Approvers, PolicyDocument, TenantRule } from "./policy-document.ts";

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
  /** Verified claims; without them no rule about claims holds. */
  readonly claims?: { readonly [name: string]: Json };
  /** Of the verifier that vouches. A `localKey` never matches anything else. */
  readonly developmentOnly: boolean;
}

const LOCAL_KEY_ISSUER = "urn:watchword:local-key";

/**
 * The workload that a verified identity is declared as; `undefined` when it is none, and when it is several: rules about
 * claims can overlap, and nobody said which agents it runs then.
 */
export function workloadOf(policy: Policy, identity: WorkloadIdentity): DeclaredWorkload | undefined {
  const [found, ...more] = Object.entries(policy.document.workloads).filter(([, { identity: declared }]) =>
    isDeclaredAs(declared, identity),
  );
  if (found === undefined || more.length > 0) return undefined;
  const [name, { agents, tenant, maxSession }] = found;
  return {
    name,
    agents,
    tenant,
    maxSessionSeconds: maxSession === undefined ? undefined : parseDuration(maxSession),
  };
}

function isDeclaredAs(
  declared: PolicyDocument["workloads"][string]["identity"],
  { issuer, subject, claims = {}, developmentOnly }: WorkloadIdentity,
): boolean {
  if ("localKey" in declared)
    return developmentOnly && issuer === LOCAL_KEY_ISSUER && subject === declared.localKey;
  const { oidc } = declared;
  return (
    issuer === oidc.issuer &&
    (oidc.subject !== undefined || oidc.claims !== undefined) &&
    (oidc.subject === undefined || subject === oidc.subject) &&
    (oidc.claims === undefined || claimsHold(oidc.claims, claims))
  );
}

/** The declared approvers of a name. */
export function approversOf(policy: Policy, name: string): Approvers | undefined {
  return Object.hasOwn(policy.document.approvers, name) ? policy.document.approvers[name] : undefined;
}

/** Claims by which any declared approvers are compared with a requester. */
export function linkClaims(policy: Policy): ReadonlySet<string> {
  return new Set(
    Object.values(policy.document.approvers).flatMap(({ link }) => (link === undefined ? [] : [link.claim])),
  );
}
