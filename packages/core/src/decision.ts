import type { Ceiling, CoveredAction } from "./capability.ts";
import type { Money } from "./money.ts";
import type { Access } from "./operation.ts";
import type { EvidenceFact } from "./evidence.ts";
import type { FailedFact, Reason } from "./reason.ts";
import type { Value, ValueMap } from "./value.ts";

/** Who owns an object that an argument names, as the adapter looked it up. Not found is `unknown`, and never passes. */
export type Owner = "tenant" | "other" | "unknown";

/** What an adapter read downstream for one decision. Broker facts: the runtime has no way to set them. */
export interface Facts {
  /** By argument name. */
  readonly owners: Readonly<Record<string, Owner>>;
  /** Whatever else conditions and plans need: currency, remaining amount, head commit. */
  readonly values: ValueMap;
}

/**
 * How tenant and user of a run are known: `verified` by a token or a registered starter, or merely `asserted` by the
 * workload.
 */
export type Assurance = "verified" | "asserted";

/** A person or program on whose behalf a run acts. */
export interface Principal {
  readonly kind: "user" | "agent";
  /** Who vouches for the subject; the broker itself for an agent. */
  readonly issuer: string;
  readonly subject: string;
}

/** A tenant's account at one system, with the settings of its connection that a policy may name. */
export interface TenantSystem {
  readonly account: string;
  readonly [setting: string]: string;
}

/** Everything a decision depends on. Two equal requests get equal decisions, on any replica and path. */
export interface DecisionRequest {
  readonly tenant: {
    readonly id: string;
    readonly systems: Readonly<Record<string, TenantSystem>>;
  };
  readonly agent: { readonly id: string; readonly version: string };
  readonly workload: string;
  readonly principal: Principal;
  readonly run: {
    readonly id: string;
    readonly root: string;
    readonly background: boolean;
    readonly assurance: Assurance;
    readonly depth: number;
    /** Agent ids, the root's first, this run's own last: `depth + 1` of them. */
    readonly chain: readonly string[];
    readonly ceiling: Ceiling;
  };
  /** The action after completion: resource fields and decided amounts are there. */
  readonly action: CoveredAction;
  readonly access: Access;
  readonly facts: Facts;
  /** By declared source, as the broker read it for this decision. What is not in it is red. */
  readonly evidence?: Readonly<Record<string, EvidenceFact>>;
  /** NumericDate. */
  readonly now: number;
}

/** One line of the reasons behind a decision: what was checked, what was required, what was held. */
export interface Explanation {
  readonly check: string;
  readonly passed: boolean;
  /** For operators. Holds values of the policy and the action, so it never goes to a model. */
  readonly required?: string;
  readonly held?: string;
  readonly children?: readonly Explanation[];
}

/** A budget that an allowed action draws on; reserved in the intent's transaction. */
export interface BudgetClaim {
  /** What is counted together: a digest of grant, scope and tenant, never shared between tenants. */
  readonly key: string;
  readonly amount: Money;
  readonly max: Money;
  readonly windowSeconds: number;
  /** It counts one root run alone, so that what was spent before that run began is never part of it. */
  readonly ofRun?: true;
}

/** An effect that may happen once per window. */
export interface OnceClaim {
  /** Digest of tenant, grant and the values it is once by. */
  readonly key: string;
  readonly windowSeconds: number;
}

/** Evidence that was green when the decision was made. */
export interface PermittedEvidence {
  /** Name of the declared source. */
  readonly source: string;
  readonly commit: string;
  readonly maxAgeSeconds: number;
}

interface DecisionBase {
  readonly policyVersion: string;
  readonly factsDigest: string;
  readonly explanation: Explanation;
}

/** What an allowing grant gives along. */
export interface Permission {
  readonly grant: string;
  /** Digest of the whole grant: an approval given under another wording does not fit. */
  readonly grantDigest: string;
  readonly leaseSeconds: number;
  /** `run`: the reads of one run by this grant share one credential. Left out: a credential is for one action. */
  readonly leaseFor?: "run";
  /** Seconds after the decision to which the lease may be prolonged, step by step. Left out: it is not. */
  readonly jobSeconds?: number;
  /** Seconds that an answer under way may take beyond the lease's end. Left out: none. */
  readonly graceSeconds?: number;
  /** `released`: the tool gets the credential itself, since the grant accepts what else it could do. */
  readonly custody: "gateway" | "released";
  /** Green evidence that the permission rests on; read again right before a mint. */
  readonly evidence: PermittedEvidence | undefined;
  readonly budgets: readonly BudgetClaim[];
  readonly once: OnceClaim | undefined;
}

/** The policy allows the action as it stands. */
export interface AllowDecision extends DecisionBase, Permission {
  readonly outcome: "allow";
}

/** The policy allows the action once a person of `approvers` says yes to it. */
export interface ApprovalDecision extends DecisionBase, Permission {
  readonly outcome: "approval_required";
  readonly reason: "approval_required";
  readonly approvers: string;
  readonly approvalSeconds: number;
  /** Who else may decide when nobody has by then. */
  readonly escalation: { readonly approvers: string; readonly afterSeconds: number } | undefined;
}

/** Everything else. */
export interface DenyDecision extends DecisionBase {
  readonly outcome: "deny";
  readonly reason: Reason;
  readonly failedFact: FailedFact;
  /** The grant that came closest, if any matched agent and operation. */
  readonly grant: string | undefined;
}

export type Decision = AllowDecision | ApprovalDecision | DenyDecision;

/** Reads a fact by dotted path (`facts.charge.currency` without the first part); own members only. */
export function factAt(values: ValueMap, path: readonly string[]): Value | undefined {
  let current: Value | undefined = values;
  for (const name of path) {
    if (typeof current !== "object" || Array.isArray(current) || !Object.hasOwn(current, name))
      return undefined;
    current = (current as ValueMap)[name];
  }
  return current;
}
