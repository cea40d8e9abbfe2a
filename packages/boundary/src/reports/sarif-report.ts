import type { BoundaryReport } from "../boundary-report.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { oneLine } from "./one-line.ts";
import { type ReportOptions, placedFile } from "./report-place.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/**
 * SARIF 2.1.0: a rule for each kind of problem and reason, a result at the policy's line for each finding. The fingerprints
 * are those of grant, fact and mutation, so that a code host shows the same finding of two runs once.
 */
export function sarifReport(report: BoundaryReport, options: ReportOptions = {}): string {
  const findings = findingsOf(report);
  const rules = [...new Map(findings.map((finding) => [finding.rule, finding])).values()];
  const document = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "watchword-boundary", rules: rules.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: !findings.some(({ kind }) => kind === "not_run") }],
        properties: { policyVersion: report.policyVersion, isolation: report.isolation },
        results: findings.map((finding) => resultOf(finding, rules, options)),
      },
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function ruleOf({ rule, kind, level }: Finding): object {
  const [, reason] = rule.split("/");
  const text = reason === undefined ? SENTENCES[kind] : `${SENTENCES[kind]} (${oneLine(reason)})`;
  return { id: oneLine(rule), shortDescription: { text }, defaultConfiguration: { level } };
}

function resultOf(finding: Finding, rules: readonly Finding[], options: ReportOptions): object {
  const { rule, level, title, lines, place, fingerprint } = finding;
  const file = place?.file ?? options.policyFile;
  return {
    ruleId: oneLine(rule),
    ruleIndex: rules.findIndex((each) => each.rule === rule),
    level,
    message: {
      text: [title, ...lines.map(([label, text]) => `${label}: ${text}`)].map(oneLine).join("\n"),
    },
    ...(file === undefined ? {} : { locations: [location(placedFile(file, options), place?.line ?? 1)] }),
    partialFingerprints: { "watchwordBoundary/v1": fingerprint },
  };
}

function location(file: string, line: number): object {
  const uri = file.split("/").map(encodeURIComponent).join("/");
  return {
    physicalLocation: {
      // Without a base, a code host takes an absolute path for one of its own.
      artifactLocation: file.startsWith("/") ? { uri: `file://${uri}` } : { uri, uriBaseId: "%SRCROOT%" },
      region: { startLine: line },
    },
  };
}

const SENTENCES: Readonly<Record<Finding["kind"], string>> = Object.freeze({
  baseline_refused: "What must be allowed is refused, so that no refusal proves anything",
  allowed: "What must be refused is allowed",
  wrong_reason: "It is refused for something else than what was changed",
  minted: "A refused attempt minted a credential",
  reached_system: "A refused attempt reached the system",
  unrecorded: "A refusal is not in the ledger, or more than once",
  not_run: "A row could not be brought about",
  nothing_ran: "No row was run",
  missing_baseline: "No allowed attempt of a grant could be made",
  proof_failed: "A named proof does not hold",
  tool_unbrokered: "The system saw more of a tool than broker and gateway did",
  tool_other_action: "A tool asks for another action than its call means",
  tool_nothing_sent: "A tool was allowed something, and the system saw nothing of it",
  mint_unrecorded: "A credential was minted before the store had a record of it",
  ledger_broken: "The ledger does not verify",
  secret_leaked: "A secret is where none may be",
  trace_broken: "A span does not say who acted, or for another tenant than the one above it",
  route_open: "The agent's cell has a way out",
  mutant_survived: "No row notices a change of the policy",
});
