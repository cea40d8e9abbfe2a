import { styleText } from "node:util";
import { type Explanation, type Value, type ValueMap, formatMoney, isMoney } from "@watchword/core";
import type { DecisionReport } from "@watchword/server";
import { terminalText } from "./terminal-text.ts";

/** Where a grant stands in the policy's files. */
export interface GrantPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const OUTCOMES: Readonly<Record<string, readonly [word: string, color: "green" | "red" | "yellow"]>> = {
  allow: ["ALLOW", "green"],
  deny: ["DENY", "red"],
  approval_required: ["WAIT", "yellow"],
};

/** A decision for people: what, who, why, and what would be needed. Everything recorded is shown as text only. */
export function explanationText(report: DecisionReport, place?: GrantPlace): string {
  const safe = terminalText;
  const [word, color] = OUTCOMES[report.outcome] ?? [report.outcome, "yellow"];
  const lines = [
    [styleText(color, safe(word)), safe(report.decision_id), report.at, safe(report.reason ?? "")]
      .join("  ")
      .trimEnd(),
    ...(report.reason_text === null ? [] : [`  ${report.reason_text}`]),
    row("who", [
      report.agent,
      labelled("run", report.run),
      labelled("tenant", report.tenant),
      principal(report),
      labelled("workload", report.workload),
    ]),
    row("what", what(report)),
    row("grant", grant(report, place)),
    ...(report.decided_by === "runtime"
      ? [row("by", ["the runtime, from its projection of the policy; the broker was not asked"])]
      : []),
    ...checks(report.checks),
    ...(report.detail === null ? [] : [row("detail", [report.detail])]),
    ...(report.erased
      ? ["  the personal part (who, arguments, checks) was erased; the chain keeps a commitment to it"]
      : []),
    ...report.needed.map((need) => `  to allow this you would need: ${safe(need)}`),
    ...report.afterwards.map(({ at, kind, body }) => row("then", [`${at} ${kind}`, ...told(body)])),
    row("policy", [report.policy_version, labelled("isolation", report.isolation)]),
    ledger(report),
  ];
  return `${lines.join("\n")}\n`;
}

function row(name: string, parts: readonly (string | null)[]): string {
  const text = parts.filter((part) => part !== null).map(terminalText);
  return `  ${name.padEnd(7)} ${text.join(" · ") || "–"}`;
}

function labelled(name: string, value: string | null): string | null {
  return value === null ? null : `${name} ${value}`;
}

function principal({ principal: who, principal_kind: kind, erased }: DecisionReport): string | null {
  if (who !== null) return `${kind ?? "principal"} ${who.subject} (${who.issuer})`;
  return erased ? `${kind ?? "principal"} erased` : kind;
}

function what(report: DecisionReport): (string | null)[] {
  const operation = report.system === null ? null : `${report.system}/${report.operation ?? ""}`;
  return [
    report.tool === null ? operation : `${report.tool} → ${operation ?? "?"}`,
    ...Object.entries(report.arguments ?? {}).map(member),
  ];
}

function grant(report: DecisionReport, place: GrantPlace | undefined): string[] {
  if (report.grant === null) return ["none"];
  return [place === undefined ? report.grant : `${report.grant} (${place.file}:${place.line})`];
}

function checks(tree: Explanation | null): string[] {
  if (tree === null) return [];
  return (tree.children ?? []).flatMap((child) => [
    `    ${mark(child)} ${terminalText(child.check)}`,
    ...(child.children ?? []).map(checkLine),
  ]);
}

function checkLine(check: Explanation): string {
  const { check: name, passed, required, held } = check;
  const text = passed ? (held ?? "") : `required ${required ?? "?"}, held ${held ?? "?"}`;
  return `        ${mark(check)} ${terminalText(name).padEnd(24)} ${terminalText(text)}`.trimEnd();
}

function mark({ passed }: Explanation): string {
  return passed ? styleText("green", "✓") : styleText("red", "✗");
}

function ledger({ ledger: { replica, sequence, hash, previous, intact } }: DecisionReport): string {
  const line = row("ledger", [`${replica} record ${sequence}`, `hash ${hash}`, `previous ${previous}`]);
  return intact
    ? line
    : `${line}\n  ${styleText("red", "✗ THE RECORD IS NOT WHAT WAS WRITTEN: its hash does not match")}`;
}

/** What became of an action, without what only joins the records; JSON has all of it. */
const TOLD = ["outcome", "reason", "effect", "status", "ids", "uses", "credential_kind", "residual"];

function told(body: ValueMap): string[] {
  return TOLD.flatMap((name) => (body[name] === undefined ? [] : [member([name, body[name]])]));
}

function member([name, value]: [string, Value]): string {
  return `${name} ${shown(value)}`;
}

function shown(value: Value | ValueMap): string {
  if (isMoney(value)) return formatMoney(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
