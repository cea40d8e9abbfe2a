import { type Reason, type Value, formatMoney, isMoney } from "@watchword/core";
import type { CompiledRule } from "./policy.ts";

/** How one member of a rule went. */
export interface RuleResult {
  readonly rule: string;
  readonly passed: boolean;
  readonly required: string;
  readonly held: string;
  readonly reason: Reason;
}

/** Checks a decided argument against its rule, member by member. An absent argument fails each of them. */
export function checkArgument(rule: CompiledRule, value: Value | undefined): RuleResult[] {
  const results: RuleResult[] = [];
  const held = show(value);
  const add = (name: string, passed: boolean, required: string, reason: Reason = "condition_failed"): void =>
    void results.push({ rule: name, passed, required, held, reason });
  if (rule.equals !== undefined) add("equals", value === rule.equals, JSON.stringify(rule.equals));
  if (rule.in !== undefined)
    add("in", typeof value === "string" && rule.in.includes(value), rule.in.join(", "));
  if (rule.prefix !== undefined)
    add("prefix", typeof value === "string" && isBelow(rule.prefix, value), rule.prefix);
  if (rule.min !== undefined) add("min", typeof value === "number" && value >= rule.min, `${rule.min}`);
  if (rule.maxNumber !== undefined)
    add(
      "max",
      typeof value === "number" && value <= rule.maxNumber,
      `${rule.maxNumber}`,
      typeof value === "number" ? "limit_exceeded" : "condition_failed",
    );
  if (rule.maxMoney !== undefined) {
    const { maxMoney } = rule;
    // Another currency is not a smaller amount: it is no amount at all.
    const comparable = isMoney(value) && value.currency === maxMoney.currency;
    add(
      "max",
      comparable && value.minor <= maxMoney.minor,
      formatMoney(maxMoney),
      comparable ? "limit_exceeded" : "condition_failed",
    );
  }
  return results;
}

/**
 * Segment by segment: `/docs` covers `/docs` and `/docs/a`, not `/docs-old`. Dot segments never pass, nor does what some
 * reader of URLs takes for one or for a slash: encoded, with a backslash, or around a control character.
 */
function isBelow(prefix: string, path: string): boolean {
  if (!path.startsWith("/") || /[\u0000-\u001f\\]|%(?:2e|2f|5c)|\/\//i.test(path)) return false;
  const segments = path.split("/");
  if (segments.includes("..") || segments.includes(".")) return false;
  const base = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  return path === base || path.startsWith(`${base}/`);
}

function show(value: Value | undefined): string {
  if (isMoney(value)) return formatMoney(value);
  return value === undefined ? "absent" : JSON.stringify(value);
}
