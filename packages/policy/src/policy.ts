import { type Money, canonicalJson, digestOf, parseMoney, sha256 } from "@watchword/core";
import { parseDuration } from "./duration.ts";
import type { ArgumentRule, DelegationRule, Grant, PolicyDocument } from "./policy-document.ts";
import { type Template, parseTemplate } from "./template.ts";
import { type Window, parseDays, parseTimeOfDay, parseZone } from "./window.ts";

/** A grant with everything parsed once, so that deciding parses nothing. */
export interface CompiledGrant {
  readonly id: string;
  readonly digest: string;
  readonly agents: readonly string[];
  readonly system: string;
  readonly operation: string;
  readonly resource: ReadonlyMap<string, Template>;
  readonly rules: ReadonlyMap<string, CompiledRule>;
  readonly userVerified: boolean;
  readonly foreground: boolean;
  readonly window: Window | undefined;
  readonly approval:
    | {
        readonly over: ReadonlyMap<string, Money> | undefined;
        readonly by: string;
        readonly seconds: number;
        readonly escalation: { readonly approvers: string; readonly afterSeconds: number } | undefined;
      }
    | undefined;
  readonly budget:
    | {
        readonly argument: string;
        readonly max: Money;
        readonly per: "tenant" | "run" | "agent";
        readonly windowSeconds: number;
      }
    | undefined;
  readonly once: { readonly by: readonly string[]; readonly windowSeconds: number } | undefined;
  readonly evidence:
    | { readonly source: string; readonly commit: readonly string[]; readonly maxAgeSeconds: number }
    | undefined;
  readonly custody: "gateway" | "released";
  readonly acceptAsserted: boolean;
  readonly acceptResidual: readonly string[];
  readonly leaseSeconds: number;
  /** What a lease is for: one action, or all reads of one run by this grant, which share a credential. */
  readonly leaseFor: "action" | "run";
  /** Seconds after its decision to which a lease may be prolonged; 0: it is not. */
  readonly jobSeconds: number;
  readonly graceSeconds: number;
  readonly shadow: boolean;
}

/** A delegation rule with everything parsed once. */
export interface CompiledDelegation {
  readonly grants: ReadonlySet<string>;
  readonly depth: number;
  readonly ttlSeconds: number;
}

/** A rule on one argument, parsed. */
export interface CompiledRule extends Omit<ArgumentRule, "max"> {
  readonly maxMoney: Money | undefined;
  readonly maxNumber: number | undefined;
}

/** Where a grant stands, for explanations and errors. */
export interface GrantLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A policy that can decide. */
export interface Policy {
  /** SHA-256 of {@link canonical}. */
  readonly version: string;
  /** The document as RFC 8785 JSON. */
  readonly canonical: string;
  readonly document: PolicyDocument;
  readonly grants: readonly CompiledGrant[];
  /** Grants by {@link grantKey}: finding them does not depend on how many there are. */
  readonly index: ReadonlyMap<string, readonly CompiledGrant[]>;
  /** Positions in `grants`, and in those of `document`, by agent, ascending. */
  readonly ofAgent: ReadonlyMap<string, readonly number[]>;
  /** Delegation rules by {@link delegationKey}. */
  readonly delegations: ReadonlyMap<string, CompiledDelegation>;
  /** Line and column of something in a grant. */
  readonly locate: (grant: string, path: readonly PropertyKey[]) => GrantLocation;
}

/** The part of a policy that decisions look at. */
export type PolicyIndex = Pick<Policy, "version" | "index" | "delegations">;

/** A tuple as JSON: no name can be built so that two keys meet. */
export const grantKey = (agent: string, system: string, operation: string): string =>
  JSON.stringify([agent, system, operation]);

/** As {@link grantKey}, for who may delegate to whom. */
export const delegationKey = (parent: string, child: string): string => JSON.stringify([parent, child]);

/** Compiles a checked document. */
export function compilePolicy(document: PolicyDocument, locate: Policy["locate"]): Policy {
  const canonical = canonicalJson(document);
  const grants = document.grants.map(compileGrant);
  const index = new Map<string, CompiledGrant[]>();
  const ofAgent = new Map<string, number[]>();
  for (const [position, grant] of grants.entries()) {
    for (const agent of grant.agents) {
      add(index, grantKey(agent, grant.system, grant.operation), grant);
      // An agent that a grant names twice has it once.
      if (ofAgent.get(agent)?.at(-1) !== position) add(ofAgent, agent, position);
    }
  }
  const delegations = new Map(
    document.delegation.map((rule) => [delegationKey(rule.parent, rule.child), compileDelegation(rule)]),
  );
  return Object.freeze({
    version: sha256(canonical),
    canonical,
    document,
    grants,
    index,
    ofAgent,
    delegations,
    locate,
  });
}

function add<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const listed = lists.get(key);
  if (listed === undefined) lists.set(key, [value]);
  else listed.push(value);
}

/** Parses what a delegation rule says. */
export function compileDelegation({ grants, depth, ttl }: DelegationRule): CompiledDelegation {
  return Object.freeze({ grants: new Set(grants), depth, ttlSeconds: parseDuration(ttl) });
}

/** Parses what a grant says, once. */
export function compileGrant(grant: Grant): CompiledGrant {
  const slash = grant.operation.indexOf("/");
  const { window, approval, budget, once, evidence } = grant;
  return Object.freeze<CompiledGrant>({
    id: grant.id,
    digest: digestOf(grant),
    agents: typeof grant.agent === "string" ? [grant.agent] : grant.agent,
    system: grant.operation.slice(0, slash),
    operation: grant.operation.slice(slash + 1),
    resource: new Map(Object.entries(grant.resource).map(([field, text]) => [field, parseTemplate(text)])),
    rules: new Map(
      Object.entries(grant.where ?? {}).map(([path, rule]) => [argumentName(path), compileRule(rule)]),
    ),
    userVerified: grant.user === "verified",
    foreground: grant.background === false,
    window:
      window === undefined
        ? undefined
        : {
            days: parseDays(window.days),
            from: parseTimeOfDay(window.from),
            to: parseTimeOfDay(window.to),
            format: parseZone(window.zone),
          },
    approval:
      approval === undefined
        ? undefined
        : {
            over: compileOver(approval.when),
            by: approval.by,
            seconds: parseDuration(approval.expires),
            escalation:
              approval.escalate === undefined
                ? undefined
                : {
                    approvers: approval.escalate.to,
                    afterSeconds: parseDuration(approval.escalate.after),
                  },
          },
    budget:
      budget === undefined
        ? undefined
        : {
            argument: argumentName(budget.sum),
            max: parseMoney(budget.max),
            per: budget.per,
            windowSeconds: parseDuration(budget.window),
          },
    once:
      once === undefined
        ? undefined
        : { by: once.by.map(argumentName), windowSeconds: parseDuration(once.per) },
    evidence:
      evidence === undefined
        ? undefined
        : {
            source: evidence.source,
            commit: evidence.commit.split(".").slice(1),
            maxAgeSeconds: parseDuration(evidence.maxAge),
          },
    custody: grant.custody ?? "gateway",
    acceptAsserted: grant.acceptAsserted === true,
    acceptResidual: grant.acceptResidual ?? [],
    leaseSeconds: parseDuration(grant.lease.run ?? grant.lease.action ?? grant.lease.job?.action ?? ""),
    leaseFor: grant.lease.run === undefined ? "action" : "run",
    jobSeconds: grant.lease.job === undefined ? 0 : parseDuration(grant.lease.job.max),
    graceSeconds: grant.lease.grace === undefined ? 0 : parseDuration(grant.lease.grace),
    shadow: grant.mode === "shadow",
  });
}

function compileRule({ max, ...rule }: ArgumentRule): CompiledRule {
  return {
    ...rule,
    maxMoney: typeof max === "string" ? parseMoney(max) : undefined,
    maxNumber: typeof max === "number" ? max : undefined,
  };
}

function compileOver(
  when: Record<string, { over: string }> | undefined,
): ReadonlyMap<string, Money> | undefined {
  return when === undefined
    ? undefined
    : new Map(Object.entries(when).map(([path, { over }]) => [argumentName(path), parseMoney(over)]));
}

/** `args.amount` → `amount` */
function argumentName(path: string): string {
  return path.slice("args.".length);
}
