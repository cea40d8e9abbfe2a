import { type Reason, type Value, type ValueMap, isMoney, isValueMap } from "@watchword/core";
import type { CompiledRule } from "@watchword/policy";
import { type Change, type GrantMatter, arguing, isWellFormed } from "./grant-matter.ts";

/** One change of an argument before it is known whether the operation's own schema takes it. */
interface Other {
  readonly mutation: string;
  readonly title: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly reason: Reason;
}

/** The arguments: just over every limit, below zero, in another currency, outside of what is listed, gone, one more. */
export function argumentRows(matter: GrantMatter): Change[] {
  const { grant, entry, baseline } = matter;
  const others = [
    ...[...grant.rules].flatMap(([name, rule]) =>
      ruled(name, rule, baseline.action.arguments[name]).filter(
        // Left out, it is the broker's to decide.
        ({ values }) => values[name] !== undefined || !entry.decided.includes(name),
      ),
    ),
    ...shapes(matter),
  ];
  return others.map(({ mutation, title, values, reason }) => {
    const mutated = arguing(baseline, values);
    return {
      fact: "argument",
      mutation,
      title,
      mutated,
      expected: [reasonFor(entry, mutated.action.arguments, reason)],
    };
  });
}

/** What is no value of an action is no assertion either; what the catalogue does not take never gets to a grant. */
function reasonFor(entry: GrantMatter["entry"], values: ValueMap, reason: Reason): Reason {
  if (!isValueMap(values)) return "token_malformed";
  return isWellFormed(entry, values) ? reason : "request_malformed";
}

function ruled(name: string, rule: CompiledRule, held: Value | undefined): Other[] {
  const rows: Other[] = [];
  const add = (mutation: string, title: string, value: unknown, reason: Reason = "condition_failed"): void =>
    void rows.push({
      mutation: `${name}-${mutation}`,
      title: `${name}: ${title}`,
      values: { [name]: value },
      reason,
    });
  if (rule.maxMoney !== undefined) {
    const { minor, currency } = rule.maxMoney;
    add("over-limit", "one more than the limit", { minor: minor + 1, currency }, "limit_exceeded");
    add("negative", "less than nothing", { minor: -1, currency });
    add("fraction", "a fraction of the smallest unit", { minor: 0.5, currency });
    add("other-currency", "in another currency", { minor: 1, currency: currency === "EUR" ? "USD" : "EUR" });
    add("number", "a bare number", 1);
  }
  if (rule.maxNumber !== undefined) {
    add("over-limit", "one more than the limit", rule.maxNumber + 1, "limit_exceeded");
  }
  if (rule.min !== undefined) add("under-limit", "one less than the least", rule.min - 1);
  if (rule.in !== undefined) {
    add("unlisted", "none of those that are listed", otherThan(rule.in));
    add("upper-case", "a listed one in another case", swapCase(rule.in[0] ?? ""));
  }
  if (rule.equals !== undefined) add("unequal", "another value", unequal(rule.equals));
  if (rule.prefix !== undefined) {
    const base = rule.prefix.replace(/\/$/, "");
    add("outside", "a path outside", `/boundary-outside${base}`);
    add("sibling", "a path next to it", `${base}-boundary/a`);
    add("dots", "a path that climbs out", `${base}/../boundary`);
    add("encoded-dots", "a path that climbs out, percent-encoded", `${base}/%2e%2e/boundary`);
    add("backslash", "a path that climbs out by backslashes", `${base}/..\\boundary`);
    add("double-slash", "a path with an empty part", `${base}//boundary`);
  }
  if (held !== undefined && rule.ownedBy === undefined) add("absent", "left out", undefined);
  return rows;
}

function shapes({ entry, baseline }: GrantMatter): Other[] {
  const rows: Other[] = [
    { mutation: "extra", title: "a member more", values: { boundary: "x" }, reason: "request_malformed" },
  ];
  for (const [name, value] of Object.entries(baseline.action.arguments)) {
    const without = arguing(baseline, { [name]: undefined });
    if (!isWellFormed(entry, without.action.arguments))
      rows.push({
        mutation: `${name}-missing`,
        title: `${name}: left out, though it is needed`,
        values: { [name]: undefined },
        reason: "request_malformed",
      });
    const nested = isMoney(value) ? { ...value, boundary: "x" } : { boundary: value };
    rows.push({
      mutation: `${name}-nested`,
      title: `${name}: with a member that it does not have`,
      values: { [name]: nested },
      reason: "request_malformed",
    });
  }
  return rows;
}

function otherThan(listed: readonly string[]): string {
  const [first = "x"] = listed;
  const candidates = Array.from({ length: first.length }, (_, index) => first.slice(0, index + 1));
  return candidates.find((text) => !listed.includes(text)) ?? `${first}x`;
}

function swapCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}

function unequal(value: string | boolean | number): string | boolean | number {
  if (typeof value === "boolean") return !value;
  return typeof value === "number" ? value + 1 : `${value}x`;
}
