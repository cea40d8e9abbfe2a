import type { ClaimRules } from "@watchword/policy";

/** Claims that hold what rules want: of several values that are enough, the first. */
export function satisfyingClaims(rules: ClaimRules): Record<string, unknown> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, valueFor(rule)]));
}

function valueFor(rule: ClaimRules[string]): unknown {
  if (Array.isArray(rule)) return rule[0];
  if (typeof rule === "object" && rule !== null) return satisfyingClaims(rule);
  return rule;
}
