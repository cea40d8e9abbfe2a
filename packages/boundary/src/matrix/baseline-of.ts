import { type Money, type Value, type ValueMap, isMoney } from "@watchword/core";
import type { CompiledRule } from "@watchword/policy";
import type { Situation } from "../situation.ts";
import { type GrantMatter, isWellFormed, resourceFor } from "./grant-matter.ts";
import { openMoment } from "./open-moment.ts";
import { ownArguments } from "./system-values.ts";

/**
 * The attempt that a grant allows, made of the system's own values as far as the grant lets them stand; or what has to be
 * added so that there is one.
 */
export function baselineOf(matter: Omit<GrantMatter, "baseline">): Situation | { readonly missing: string } {
  const { grant, policy, entry, values, tenants, workload } = matter;
  const rule = policy.document.workloads[workload]?.tenant;
  if (rule !== undefined && "fixed" in rule && rule.fixed !== tenants.own)
    return {
      missing: `workload ${workload} is pinned to tenant ${rule.fixed}, and the world's tenant is ${tenants.own}; give the systems connections of ${rule.fixed}`,
    };
  const resource = namedResource(matter);
  if ("missing" in resource) return { missing: resource.missing };
  const adapted = adaptedArguments(matter, ownArguments(values, entry.name, entry.example));
  if (!isWellFormed(entry, adapted))
    return {
      missing: `no arguments of ${grant.system}/${entry.name} are within the grant's conditions; give the system live: { "${entry.name}": { … } } that are`,
    };
  const at = grant.window === undefined ? undefined : openMoment(grant.window);
  if (grant.window !== undefined && at === undefined)
    return { missing: "its window is never open; widen it, or remove the grant" };
  return {
    agent: matter.agent,
    workload,
    tenant: tenants.own,
    user: rule !== undefined && "asserted" in rule && !grant.userVerified ? "none" : "verified",
    background: false,
    via: [],
    tool: entry.name,
    action: { system: grant.system, operation: grant.operation, resource, arguments: adapted },
    ...(at === undefined ? {} : { at }),
    evidence: grant.evidence === undefined ? {} : { [grant.evidence.source]: "green" },
    approval:
      grant.approval === undefined || !needsApproval(grant.approval.over, adapted) ? "none" : "granted",
    run: "living",
    // What a released credential that is no access token does at its system is not the harness's to send; that it is given is seen.
    request: grant.custody === "released" && values.audience === undefined ? "nothing" : "as-decided",
    before: [],
  };
}

/** Fields that actions of this system name themselves, as the grant wants them. */
function namedResource(
  matter: Omit<GrantMatter, "baseline">,
): Record<string, string> | { readonly missing: string } {
  const { values, tenants, grant } = matter;
  const wanted = resourceFor(matter, "own", tenants.own);
  const named: Record<string, string> = { ...values.resource?.own };
  for (const [field, value] of Object.entries(wanted)) {
    if (value === undefined)
      return {
        missing: `resource.${field} (${grant.resource.get(field)?.source ?? ""}) cannot be filled for tenant ${tenants.own}; give the system's connection the setting that it names`,
      };
    if (Object.hasOwn(named, field)) named[field] = value;
  }
  return named;
}

/** Arguments as near to the given ones as the grant's rules let them be. */
function adaptedArguments({ grant }: Omit<GrantMatter, "baseline">, given: ValueMap): ValueMap {
  const values: Record<string, Value> = { ...given };
  for (const [name, rule] of grant.rules) {
    const fitting = fittingValue(rule, values[name]);
    if (fitting !== undefined) values[name] = fitting;
  }
  const { budget, approval } = grant;
  if (budget !== undefined) values[budget.argument] = atMost(values[budget.argument], budget.max);
  for (const [name, over] of approval?.over ?? []) values[name] = atMost(values[name], over);
  return values;
}

/** Whether values are what the grant's rules and its budget let them be, as far as they can be looked at without a system. */
export function withinGrant({ grant }: Pick<GrantMatter, "grant">, values: ValueMap): boolean {
  const same = (value: Value | undefined, fitting: Value | undefined): boolean =>
    fitting === undefined || JSON.stringify(value) === JSON.stringify(fitting);
  const { budget } = grant;
  const spent = budget === undefined ? undefined : values[budget.argument];
  return (
    [...grant.rules].every(([name, rule]) => same(values[name], fittingValue(rule, values[name]))) &&
    (budget === undefined || same(spent, atMost(spent, budget.max)))
  );
}

function fittingValue(rule: CompiledRule, value: Value | undefined): Value | undefined {
  if (rule.equals !== undefined) return rule.equals;
  if (rule.in !== undefined) return typeof value === "string" && rule.in.includes(value) ? value : rule.in[0];
  if (rule.prefix !== undefined) return below(rule.prefix, value);
  if (rule.maxMoney !== undefined) return atMost(value, rule.maxMoney);
  if (rule.min === undefined && rule.maxNumber === undefined) return value;
  const number = typeof value === "number" ? value : (rule.min ?? rule.maxNumber ?? 0);
  return Math.min(Math.max(number, rule.min ?? number), rule.maxNumber ?? number);
}

/** The path itself where it is below already, and its last part below the prefix otherwise. */
function below(prefix: string, value: Value | undefined): string {
  const base = prefix.replace(/\/$/, "");
  const path = typeof value === "string" ? value : "/a";
  if (path === base || path.startsWith(`${base}/`)) return path;
  return `${base}/${path.split("/").at(-1) ?? "a"}`;
}

/** An amount that is there, or a small one, never more than `limit`. */
function atMost(value: Value | undefined, limit: Money): ValueMap {
  const minor = isMoney(value) ? value.minor : hasMinor(value) ? value.minor : SMALL;
  return { minor: Math.max(1, Math.min(minor, limit.minor)), currency: limit.currency };
}

const SMALL = 100;

function hasMinor(value: Value | undefined): value is { readonly minor: number } {
  return (
    typeof value === "object" &&
    !Array.isArray(value) &&
    "minor" in value &&
    typeof value["minor"] === "number"
  );
}

/** Absent, of another currency or over the amount: a person is asked. */
export function needsApproval(over: ReadonlyMap<string, Money> | undefined, values: ValueMap): boolean {
  if (over === undefined) return true;
  return [...over].some(([name, limit]) => {
    const amount = values[name];
    return !isMoney(amount) || amount.currency !== limit.currency || amount.minor > limit.minor;
  });
}
