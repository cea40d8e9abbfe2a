import type { Ceiling, CoveredAction, DecisionRequest, Reason, Value } from "@watchword/core";
import type { Grant, PolicyDocument } from "../src/index.ts";

/** What a decision comes down to. */
export type Verdict =
  | {
      readonly outcome: "allow";
      readonly grant: string;
      readonly leaseSeconds: number;
      readonly claims: string;
    }
  | {
      readonly outcome: "approval_required";
      readonly grant: string;
      readonly leaseSeconds: number;
      readonly claims: string;
      readonly approvers: string;
      readonly approvalSeconds: number;
    }
  | { readonly outcome: "deny"; readonly grant: string | undefined; readonly reason: Reason };

/** One condition: whether it holds, and what it is called when it does not. */
type Condition = readonly [holds: boolean, reason: Reason];
type Rule = NonNullable<Grant["where"]>[string];

/**
 * What the grammar means, read off the document word by word for every request: nothing is parsed ahead, indexed or
 * ended early, and nothing is shared with the code that it is compared with.
 */
export function slowDecide(document: PolicyDocument, request: DecisionRequest): Verdict {
  const { system, operation } = request.action;
  const results = [...document.grants]
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .filter((grant) => [grant.agent].flat().includes(request.agent.id))
    .filter((grant) => grant.operation === `${system}/${operation}` && grant.mode !== "shadow")
    .map((grant) => ({ grant, conditions: conditionsOf(document, grant, request) }));
  const met = results
    .filter(({ conditions }) => conditions.every(([holds]) => holds))
    .map(({ grant }) => grant);
  const allowing = met.find((grant) => !asks(grant, request)) ?? met[0];
  if (allowing !== undefined) return permit(allowing, request);
  let closest: { grant: string; reason: Reason; held: number } | undefined;
  for (const { grant, conditions } of results) {
    const held = conditions.findIndex(([holds]) => !holds);
    const reason = conditions[held]?.[1];
    if (reason !== undefined && (closest === undefined || held > closest.held))
      closest = { grant: grant.id, reason, held };
  }
  return { outcome: "deny", grant: closest?.grant, reason: closest?.reason ?? "not_granted" };
}

function permit(grant: Grant, request: DecisionRequest): Verdict {
  const { budget, once, approval } = grant;
  const sum = budget === undefined ? undefined : argument(request.action, budget.sum);
  const claims = JSON.stringify([
    ...(budget === undefined ? [] : [minorOf(sum), minorIn(budget.max), secondsOf(budget.window)]),
    ...(once === undefined ? [] : [secondsOf(once.per)]),
  ]);
  const permission = {
    grant: grant.id,
    leaseSeconds: secondsOf(grant.lease.run ?? grant.lease.action ?? ""),
    claims,
  };
  return approval !== undefined && asks(grant, request)
    ? {
        ...permission,
        outcome: "approval_required",
        approvers: approval.by,
        approvalSeconds: secondsOf(approval.expires),
      }
    : { ...permission, outcome: "allow" };
}

function asks({ approval }: Grant, { action }: DecisionRequest): boolean {
  if (approval === undefined) return false;
  if (approval.when === undefined) return true;
  return Object.entries(approval.when).some(([path, { over }]) => {
    const amount = argument(action, path);
    return currencyOf(amount) !== currencyIn(over) || minorOf(amount) > minorIn(over);
  });
}

function conditionsOf(document: PolicyDocument, grant: Grant, request: DecisionRequest): Condition[] {
  const { action, tenant, facts, principal, run } = request;
  const conditions: Condition[] = [];
  for (const [field, template] of Object.entries(grant.resource)) {
    const reason = template.includes("${") ? "tenant_mismatch" : "condition_failed";
    const wanted = filled(template, tenant);
    conditions.push([wanted !== undefined && action.resource[field] === wanted, reason]);
  }
  const rules = Object.entries(grant.where ?? {});
  for (const [path, rule] of rules)
    if (rule.ownedBy === "tenant")
      conditions.push([facts.owners[path.slice(5)] === "tenant", "tenant_mismatch"]);
  if (run.assurance === "asserted" && request.access === "write" && grant.acceptAsserted !== true)
    conditions.push([false, "assurance_too_low"]);
  conditions.push(...chainConditions(document, grant, request));
  if (grant.user === "verified")
    conditions.push([principal.kind === "user" && run.assurance === "verified", "user_required"]);
  if (grant.background === false) conditions.push([!run.background, "condition_failed"]);
  for (const [path, rule] of rules) conditions.push(...ruleConditions(rule, argument(action, path)));
  if (grant.window !== undefined) conditions.push([isOpen(grant.window, request.now), "outside_window"]);
  if (grant.once !== undefined)
    conditions.push([
      grant.once.by.every((path) => argument(action, path) !== undefined),
      "condition_failed",
    ]);
  if (grant.budget !== undefined) {
    const currency = currencyOf(argument(action, grant.budget.sum));
    conditions.push([currency === currencyIn(grant.budget.max), "condition_failed"]);
  }
  if (grant.evidence !== undefined) conditions.push(evidenceCondition(grant.evidence, request));
  conditions.push([run.ceiling.some((line) => isWithin(line, action)), "capability_exceeded"]);
  return conditions;
}

/** Each pair of the chain has its rule, the last one names the grant, and every ancestor could do the same: in this order. */
function chainConditions(
  document: PolicyDocument,
  grant: Grant,
  { run, action, tenant }: DecisionRequest,
): Condition[] {
  if (run.depth === 0) return [];
  const rules = run.chain
    .slice(1)
    .map((child, index) =>
      document.delegation.find((rule) => rule.parent === run.chain[index] && rule.child === child),
    );
  const hops = rules.map((rule, index) => rule !== undefined && rule.depth > index);
  const named = rules.at(-1)?.grants.includes(grant.id) === true;
  const held = run.chain.slice(0, -1).map((ancestor) =>
    document.grants.some(
      (other) =>
        [other.agent].flat().includes(ancestor) &&
        other.operation === `${action.system}/${action.operation}` &&
        other.mode !== "shadow" &&
        Object.entries(other.resource).every(([field, text]) => {
          const wanted = filled(text, tenant);
          return wanted !== undefined && action.resource[field] === wanted;
        }) &&
        Object.entries(other.where ?? {}).every(([path, rule]) => isLimited(rule, argument(action, path))),
    ),
  );
  return [true, ...hops, named, ...held].map((holds) => [holds, "capability_exceeded"] as const);
}

/** Of a rule, what a ceiling says of an argument: an amount at most, or one of these. */
function isLimited(rule: Rule, value: Value | undefined): boolean {
  if (typeof rule.max === "string")
    return currencyOf(value) === currencyIn(rule.max) && minorOf(value) <= minorIn(rule.max);
  if (rule.in !== undefined) return rule.in.some((one) => one === value);
  return typeof rule.equals !== "string" || rule.equals === value;
}

function evidenceCondition(
  { commit, maxAge }: NonNullable<Grant["evidence"]>,
  { evidence, now }: DecisionRequest,
): Condition {
  const read = evidence?.["evals"];
  if (read?.commit !== { "facts.head": "c1", "facts.base.head": "c2" }[commit]) return [false, "eval_red"];
  const age = read?.finishedAt == null ? Number.NaN : now - read.finishedAt;
  const green = read?.state === "pass" && age <= secondsOf(maxAge) && age >= -30;
  return [green, read?.state === "pending" ? "eval_pending" : "eval_red"];
}

function ruleConditions(rule: Rule, value: Value | undefined): Condition[] {
  const conditions: Condition[] = [];
  if (rule.equals !== undefined) conditions.push([value === rule.equals, "condition_failed"]);
  if (rule.in !== undefined) conditions.push([rule.in.some((one) => one === value), "condition_failed"]);
  if (rule.prefix !== undefined) {
    const wanted = rule.prefix.split("/").filter((segment) => segment !== "");
    const [root, ...held] = typeof value === "string" ? value.split("/") : [];
    const clean = held.every((segment, index) =>
      segment === "" ? index === held.length - 1 : segment !== "." && segment !== "..",
    );
    const below = root === "" && held.length > 0 && wanted.every((segment, index) => segment === held[index]);
    conditions.push([clean && below, "condition_failed"]);
  }
  if (rule.min !== undefined)
    conditions.push([typeof value === "number" && value >= rule.min, "condition_failed"]);
  if (typeof rule.max === "number")
    conditions.push(
      typeof value === "number" ? [value <= rule.max, "limit_exceeded"] : [false, "condition_failed"],
    );
  if (typeof rule.max === "string")
    conditions.push(
      currencyOf(value) === currencyIn(rule.max)
        ? [minorOf(value) <= minorIn(rule.max), "limit_exceeded"]
        : [false, "condition_failed"],
    );
  return conditions;
}

function isWithin(line: Ceiling[number], action: CoveredAction): boolean {
  if (`${line.system}/${line.operation}` !== `${action.system}/${action.operation}`) return false;
  const fields = Object.entries(line.resource).every(([field, values]) =>
    values.some((value) => value === action.resource[field]),
  );
  const limits = Object.entries(line.limits).every(([name, limit]) => {
    const value = action.arguments[name];
    if ("in" in limit) return limit.in.some((one) => one === value);
    return currencyOf(value) === limit.max.currency && minorOf(value) <= limit.max.minor;
  });
  return fields && limits;
}

/** Undefined when the tenant lacks a connection that the template names. */
function filled(template: string, tenant: DecisionRequest["tenant"]): string | undefined {
  let text = template.replaceAll("${tenant.id}", tenant.id);
  for (const [system, { account }] of Object.entries(tenant.systems))
    text = text.replaceAll(`\${tenant.${system}.account}`, account);
  return text.includes("${") ? undefined : text;
}

/** By the wall clock of the zone, as a Swedish calendar writes it: `2026-03-29 03:00`. */
function isOpen({ days, from, to, zone }: NonNullable<Grant["window"]>, now: number): boolean {
  const [date = "", time = ""] = new Date(now * 1_000)
    .toLocaleString("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" })
    .split(" ");
  const week = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
  const today = week[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? "";
  const open = days.split(",").some((part) => {
    const [first = "", last = first] = part.split("-");
    const cycle = [...week, ...week].slice(week.indexOf(first));
    return cycle.slice(0, cycle.indexOf(last) + 1).includes(today);
  });
  return open && time >= from && time < to;
}

function argument(action: CoveredAction, path: string): Value | undefined {
  return action.arguments[path.replace("args.", "")];
}

function secondsOf(duration: string): number {
  const unit = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 }[duration.slice(-1)] ?? Number.NaN;
  return Number.parseInt(duration, 10) * unit;
}

function currencyIn(text: string): string {
  return text.slice(-3);
}

/** The currencies that these tests know. */
function minorIn(text: string): number {
  const amount = Number(text.slice(0, -4));
  return currencyIn(text) === "JPY" ? amount : Math.round(amount * 100);
}

function currencyOf(value: Value | undefined): Value | undefined {
  if (typeof value !== "object" || !("currency" in value) || !("minor" in value)) return "none";
  return Object.keys(value).length === 2 && typeof value["minor"] === "number" && value["minor"] >= 0
    ? value["currency"]
    : "none";
}

function minorOf(value: Value | undefined): number {
  return typeof value === "object" && "minor" in value ? Number(value["minor"]) : Number.NaN;
}
