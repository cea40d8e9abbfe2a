// Loading
export { definePolicy, loadPolicy, parsePolicy } from "./load-policy.ts";
export { PolicyInvalid, describeProblem } from "./policy-problem.ts";
export { readYaml } from "./read-yaml.ts";
export { checkCustody } from "./check-custody.ts";
export { checkOperations } from "./check-operations.ts";
export type { EvidenceSource } from "./evidence-source.ts";
export type { CompiledDelegation, CompiledGrant, CompiledRule, Policy } from "./policy.ts";
export type { Approvers, Grant, PolicyDocument, PolicyFile, TenantRule } from "./policy-document.ts";
export type { PolicyProblem } from "./policy-problem.ts";
export type { YamlFile } from "./read-yaml.ts";

// Tools for authors
export { lintPolicy } from "./lint-policy.ts";
export { describeFinding } from "./policy-finding.ts";
export { policySchema } from "./policy-schema.ts";
export type { LintOptions } from "./lint-policy.ts";
export type { LintRule, PolicyFinding } from "./policy-finding.ts";

// Deciding
export { ceilingFor, ceilingUnder } from "./ceiling-for.ts";
export { decide, evidenceFor, hasGrant } from "./decide.ts";
export { delegatedCeiling } from "./delegated-ceiling.ts";
export { delegationRule } from "./delegation-rule.ts";
export { denyLocally } from "./deny-locally.ts";
export { fillTemplate } from "./template.ts";
export { isInside } from "./window.ts";
export { mutatePolicy } from "./mutate-policy.ts";
export { projectPolicy } from "./project-policy.ts";
export { readProjection } from "./read-projection.ts";
export type { LocalCall, LocalDenial } from "./deny-locally.ts";
export type { ProjectionDocument } from "./projection-document.ts";
export type { PolicyMutation } from "./mutate-policy.ts";
export type { Projection } from "./read-projection.ts";
export { ClaimRules, claimsHold } from "./claim-rule.ts";
export { approversOf, linkClaims, workloadOf } from "./workload-of.ts";
export type { DeclaredWorkload, WorkloadIdentity } from "./workload-of.ts";
