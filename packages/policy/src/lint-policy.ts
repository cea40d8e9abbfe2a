import type { BindingsManifest, Catalogue } from "@watchword/core";
import { checkGrants, checkOperations } from "./check-operations.ts";
import { parseDuration } from "./duration.ts";
import { agentsOf, conditionsOf } from "./grant-conditions.ts";
import { lintBindings } from "./lint-bindings.ts";
import { type SystemFacts, catalogueFacts, manifestFacts } from "./operation-facts.ts";
import { couldBeRepository } from "./own-repository.ts";
import type { Policy } from "./policy.ts";
import type { Grant } from "./policy-document.ts";
import type { LintRule, PolicyFinding } from "./policy-finding.ts";

/** What a policy is compared with; each part that is left out leaves its rules out. */
export interface LintOptions {
  /** What the application's tools can ask for: its `watchword.bindings.json`. */
  readonly manifest?: BindingsManifest;
  /** Catalogues of the configured systems, by the names that the policy gives them. */
  readonly catalogues?: Readonly<Record<string, Catalogue>>;
  /** `owner/name` of the repository in which this policy stands. */
  readonly repository?: string;
}

/** A lease longer than this is longer than one action needs. */
const LONG_LEASE_SECONDS = 15 * 60;

type Add = (
  severity: PolicyFinding["severity"],
  rule: LintRule,
  grant: Grant,
  path: readonly PropertyKey[],
  message: string,
) => void;

/**
 * Looks for what a valid policy can still get wrong, in the order of its files: grants that do not fit the operations or
 * the tools, that another one makes pointless, that write without a condition, or that reach the policy's own repository.
 */
export function lintPolicy(policy: Policy, options: LintOptions = {}): PolicyFinding[] {
  const { manifest, catalogues, repository } = options;
  const findings: PolicyFinding[] = [];
  const add: Add = (severity, rule, grant, path, message) =>
    void findings.push({ severity, rule, ...policy.locate(grant.id, path), message });

  const fromManifest = manifest === undefined ? new Map<string, never>() : manifestFacts(manifest);
  // A catalogue knows all that a manifest knows of the same system.
  const onlyManifest = [...fromManifest].filter(([name]) => !Object.hasOwn(catalogues ?? {}, name));
  const fits = [
    ...(catalogues === undefined ? [] : checkOperations(policy, catalogues)),
    ...checkGrants(policy, new Map(onlyManifest)),
  ];
  findings.push(
    ...fits.map((problem) => ({ severity: "error" as const, rule: "does-not-fit" as const, ...problem })),
  );
  if (manifest !== undefined) findings.push(...lintBindings(policy, manifest));

  const facts = new Map([
    ...fromManifest,
    ...Object.entries(catalogues ?? {}).map(
      ([name, catalogue]) => [name, catalogueFacts(catalogue)] as const,
    ),
  ]);
  for (const grant of policy.document.grants) {
    lintGrant(grant, policy, facts, add);
    if (repository !== undefined) lintRepository(grant, policy, facts, repository, add);
  }
  lintOverruled(policy, add);
  return inOrder(findings);
}

function lintGrant(grant: Grant, policy: Policy, facts: SystemFacts, add: Add): void {
  for (const [kind, text] of Object.entries({ ...grant.lease, job: grant.lease.job?.max })) {
    if (typeof text === "string" && parseDuration(text) > LONG_LEASE_SECONDS)
      add(
        "warning",
        "long-lease",
        grant,
        ["lease", kind],
        `a lease of ${text} is longer than 15m: a credential that is taken lives as long`,
      );
  }
  if (grant.mode === "shadow" || conditionsOf(grant).length > 0) return;
  const access = accessOf(grant, facts);
  if (access !== "read")
    add(
      "warning",
      "write-without-condition",
      grant,
      ["id"],
      access === "write"
        ? `${grant.id} writes without any condition beyond its resource`
        : `${grant.id} has no condition beyond its resource, and nothing given here says that ${grant.operation} only reads`,
    );
}

function lintRepository(
  grant: Grant,
  policy: Policy,
  facts: SystemFacts,
  repository: string,
  add: Add,
): void {
  const [system = ""] = grant.operation.split("/");
  const adapter = policy.document.systems[system]?.adapter;
  if (adapter !== "github" || grant.mode === "shadow" || accessOf(grant, facts) === "read") return;
  if (couldBeRepository(grant, repository))
    add(
      "error",
      "own-repository",
      grant,
      ["resource", "repository"],
      `${agentsOf(grant).join(", ")} could write ${repository}, where this policy stands, and so grant itself anything`,
    );
}

/** Of two grants for the same, one without conditions decides alone. */
function lintOverruled(policy: Policy, add: Add): void {
  const open = policy.document.grants.filter(
    (grant) => grant.mode !== "shadow" && conditionsOf(grant).length === 0,
  );
  const byTarget = Map.groupBy(open, targetOf);
  for (const grant of policy.document.grants) {
    if (grant.mode === "shadow") continue;
    const conditions = conditionsOf(grant);
    const over = byTarget.get(targetOf(grant))?.find((other) => {
      if (other === grant || !covered(grant, other)) return false;
      // Of two equal ones the later is the repetition.
      return conditions.length > 0 || other.id < grant.id || !covered(other, grant);
    });
    if (over === undefined) continue;
    if (conditions.length > 0)
      add(
        "error",
        "grant-overruled",
        grant,
        ["id"],
        `${over.id} allows the same without conditions, so ${conditions.join(", ")} of ${grant.id} never refuses anything`,
      );
    else
      add("warning", "grant-repeated", grant, ["id"], `${over.id} allows the same; ${grant.id} adds nothing`);
  }
}

function covered(grant: Grant, by: Grant): boolean {
  return agentsOf(grant).every((agent) => agentsOf(by).includes(agent));
}

/** Operation and resource as written: equal texts are equal for every tenant. */
function targetOf({ operation, resource }: Grant): string {
  return JSON.stringify([operation, Object.entries(resource).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** `undefined`: nobody says. What is unknown may write. */
function accessOf({ operation }: Grant, facts: SystemFacts): "read" | "write" | undefined {
  const slash = operation.indexOf("/");
  return facts.get(operation.slice(0, slash))?.find(operation.slice(slash + 1))?.access;
}

/** By file, line and column. */
function inOrder(findings: readonly PolicyFinding[]): PolicyFinding[] {
  return findings.toSorted(
    (a, b) =>
      (a.file === b.file ? 0 : a.file < b.file ? -1 : 1) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.rule < b.rule ? -1 : 1),
  );
}
