import {
  type ApprovalDecision,
  type DecisionRequest,
  type Explanation,
  type FailedFact,
  type Money,
  type Permission,
  type Reason,
  type Value,
  ceilingAllows,
  digestOf,
  factAt,
  formatMoney,
  isMoney,
} from "@watchword/core";
import { checkArgument } from "./check-argument.ts";
import { delegationChecks } from "./delegation-checks.ts";
import { evidenceCheck } from "./evidence-check.ts";
import type { GrantCheck } from "./grant-check.ts";
import type { CompiledGrant, PolicyIndex } from "./policy.ts";
import { fillTemplate } from "./template.ts";
import { isInside } from "./window.ts";

/** What one grant says about one request. */
export type GrantResult = { readonly grant: CompiledGrant; readonly explanation: Explanation } & (
  | { readonly outcome: "allow"; readonly permission: Permission }
  | {
      readonly outcome: "approval_required";
      readonly permission: Permission;
      readonly approvers: string;
      readonly approvalSeconds: number;
      readonly escalation: ApprovalDecision["escalation"];
    }
  | {
      readonly outcome: "deny";
      readonly reason: Reason;
      readonly failedFact: FailedFact;
      readonly passedChecks: number;
    }
);

/** Evaluates a grant whose agent and operation fit. Checks stand in a fixed order and end with the first that fails. */
export function evaluateGrant(
  policy: PolicyIndex,
  grant: CompiledGrant,
  request: DecisionRequest,
): GrantResult {
  const passed: GrantCheck[] = [];
  for (const check of checks(policy, grant, request)) {
    if (!check.passed) {
      return {
        grant,
        outcome: "deny",
        reason: check.reason,
        failedFact: check.failedFact,
        passedChecks: passed.length,
        explanation: explain(grant, [...passed, check], false),
      };
    }
    passed.push(check);
  }
  const explanation = explain(grant, passed, true);
  const permission = permissionOf(grant, request);
  const { approval } = grant;
  if (approval === undefined || !needsApproval(approval.over, request))
    return { grant, outcome: "allow", permission, explanation };
  return {
    grant,
    outcome: "approval_required",
    permission,
    approvers: approval.by,
    approvalSeconds: approval.seconds,
    escalation: approval.escalation,
    explanation,
  };
}

function* checks(policy: PolicyIndex, grant: CompiledGrant, request: DecisionRequest): Generator<GrantCheck> {
  const { action, tenant, run, principal } = request;
  for (const [field, template] of grant.resource) {
    const required = fillTemplate(template, tenant);
    const held = own(action.resource, field);
    yield {
      check: `resource.${field}`,
      passed: required !== undefined && held === required,
      required: required ?? `${template.source} (the tenant has none)`,
      held: held ?? "absent",
      reason: template.ofTenant ? "tenant_mismatch" : "condition_failed",
      failedFact: template.ofTenant ? "tenant" : "resource",
    };
  }
  // Ownership first: nothing about another tenant's object is looked at further.
  for (const [name, rule] of grant.rules) {
    if (rule.ownedBy === undefined) continue;
    const owner = own(request.facts.owners, name) ?? "unknown";
    yield {
      check: `args.${name} ownedBy`,
      passed: owner === "tenant",
      required: "tenant",
      held: owner,
      reason: "tenant_mismatch",
      failedFact: "tenant",
    };
  }
  if (run.assurance !== "verified" && request.access !== "read" && !grant.acceptAsserted) {
    yield {
      check: "assurance",
      passed: false,
      required: "a verified tenant, or acceptAsserted",
      held: run.assurance,
      reason: "assurance_too_low",
      failedFact: "tenant",
    };
  }
  yield* delegationChecks(policy, grant, request);
  if (grant.userVerified) {
    yield {
      check: "user",
      passed: principal.kind === "user" && run.assurance === "verified",
      required: "a verified user",
      held: `${principal.kind}, ${run.assurance}`,
      reason: "user_required",
      failedFact: "user",
    };
  }
  if (grant.foreground) {
    yield {
      check: "background",
      passed: !run.background,
      required: "false",
      held: String(run.background),
      reason: "condition_failed",
      failedFact: "run",
    };
  }
  for (const [name, rule] of grant.rules)
    yield* argumentChecks(name, checkArgument(rule, own(action.arguments, name)));
  if (grant.window !== undefined) {
    yield {
      check: "window",
      passed: isInside(grant.window, request.now),
      required: "inside the window",
      held: new Date(request.now * 1_000).toISOString(),
      reason: "outside_window",
      failedFact: "time",
    };
  }
  if (grant.once !== undefined) {
    const absent = grant.once.by.find((name) => own(action.arguments, name) === undefined);
    yield {
      check: "once",
      passed: absent === undefined,
      required: "every argument it is once by",
      held: absent === undefined ? "all" : `${absent} is absent`,
      reason: "condition_failed",
      failedFact: "action",
    };
  }
  if (grant.budget !== undefined) {
    const { argument, max } = grant.budget;
    const amount = own(action.arguments, argument);
    const fits = isMoney(amount) && amount.currency === max.currency;
    yield {
      check: "budget",
      passed: fits,
      required: `an amount in ${max.currency}`,
      held: show(amount),
      reason: "condition_failed",
      failedFact: `argument:${argument}`,
    };
  }
  if (grant.evidence !== undefined) yield evidenceCheck(grant.evidence, request);
  // Last: what the grant itself forbids is said in the grant's words; only what a narrower run lacks is said in the run's.
  yield {
    check: "run ceiling",
    passed: ceilingAllows(run.ceiling, action),
    required: "the run's ceiling covers the action",
    held: `${run.ceiling.length} capabilities`,
    reason: "capability_exceeded",
    failedFact: "delegation",
  };
}

function* argumentChecks(name: string, results: ReturnType<typeof checkArgument>): Generator<GrantCheck> {
  for (const { rule, passed, required, held, reason } of results)
    yield { check: `args.${name} ${rule}`, passed, required, held, reason, failedFact: `argument:${name}` };
}

/** Absent, of another currency or not an amount at all counts as over. */
function needsApproval(over: ReadonlyMap<string, Money> | undefined, { action }: DecisionRequest): boolean {
  if (over === undefined) return true;
  return [...over].some(([name, limit]) => {
    const amount = own(action.arguments, name);
    return !isMoney(amount) || amount.currency !== limit.currency || amount.minor > limit.minor;
  });
}

function permissionOf(
  grant: CompiledGrant,
  { tenant, run, agent, action, facts }: DecisionRequest,
): Permission {
  const { budget, once, evidence } = grant;
  const commit = evidence === undefined ? undefined : factAt(facts.values, evidence.commit);
  const amount = budget === undefined ? undefined : own(action.arguments, budget.argument);
  const per = { tenant: tenant.id, run: run.root, agent: agent.id };
  return {
    grant: grant.id,
    grantDigest: grant.digest,
    leaseSeconds: grant.leaseSeconds,
    ...(grant.leaseFor === "run" ? { leaseFor: grant.leaseFor } : {}),
    ...(grant.jobSeconds === 0 ? {} : { jobSeconds: grant.jobSeconds }),
    ...(grant.graceSeconds === 0 ? {} : { graceSeconds: grant.graceSeconds }),
    custody: grant.custody,
    evidence:
      evidence === undefined
        ? undefined
        : {
            source: evidence.source,
            commit: typeof commit === "string" ? commit : "",
            maxAgeSeconds: evidence.maxAgeSeconds,
          },
    // INVARIANT: the tenant is in every key, so no two tenants share a counter.
    budgets:
      budget === undefined || !isMoney(amount)
        ? []
        : [
            {
              key: digestOf([
                "budget",
                tenant.id,
                grant.id,
                budget.max.currency,
                budget.per,
                per[budget.per],
              ]),
              amount: { minor: amount.minor, currency: amount.currency },
              max: budget.max,
              windowSeconds: budget.windowSeconds,
              ...(budget.per === "run" ? { ofRun: true } : {}),
            },
          ],
    once:
      once === undefined
        ? undefined
        : {
            key: digestOf([
              "once",
              tenant.id,
              grant.id,
              once.by.map((name) => [name, own(action.arguments, name) ?? ""]),
            ]),
            windowSeconds: once.windowSeconds,
          },
  };
}

function explain(grant: CompiledGrant, done: readonly GrantCheck[], passed: boolean): Explanation {
  return {
    check: `grant ${grant.id}${grant.shadow ? " (shadow)" : ""}`,
    passed,
    children: done.map(({ check, passed: ok, required, held }) => ({ check, passed: ok, required, held })),
  };
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function show(value: Value | undefined): string {
  if (isMoney(value)) return formatMoney(value);
  return value === undefined ? "absent" : JSON.stringify(value);
}
