// Loading
export { definePolicy, loadPolicy, parsePolicy } from "./load-policy.ts";
export { PolicyInvalid, describeProblem } from "./policy-problem.ts";
export { checkOperations } from "./check-operations.ts";
export type { CompiledGrant, Policy } from "./policy.ts";
export type { Approvers, Grant, PolicyDocument, PolicyFile, TenantRule } from "./policy-document.ts";
export type { PolicyProblem } from "./policy-problem.ts";

// Deciding
export { ceilingFor } from "./ceiling-for.ts";
export { decide, hasGrant } from "./decide.ts";
export { approversOf, workloadOf } from "./workload-of.ts";
export type { DeclaredWorkload, WorkloadIdentity } from "./workload-of.ts";
