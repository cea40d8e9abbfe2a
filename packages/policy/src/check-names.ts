import type { Grant, PolicyDocument } from "./policy-document.ts";
import { parseDuration } from "./duration.ts";
import { parseTemplate } from "./template.ts";

/** Something wrong at a place of the merged document. */
export interface NameProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Every name is declared once and used: an undeclared one, an unused one, or one meant for two, is an error. */
export function checkNames(document: PolicyDocument): NameProblem[] {
  const problems: NameProblem[] = [];
  const used = {
    systems: new Set<string>(),
    agents: new Set<string>(),
    approvers: new Set<string>(),
    evidence: new Set<string>(),
    starters: new Set<string>(),
  };
  const use = (section: keyof typeof used, name: string, path: readonly PropertyKey[]): void => {
    used[section].add(name);
    if (Object.hasOwn(document[section], name)) return;
    const declared = Object.keys(document[section]);
    const near = nearest(name, declared);
    problems.push({
      path,
      message: `${name} is not declared under ${section}${near === undefined ? "" : `; did you mean ${near}?`} (declared: ${declared.join(", ") || "none"})`,
    });
  };
  const grantIds = new Set<string>();
  for (const [index, grant] of document.grants.entries()) {
    const at = (...more: PropertyKey[]): PropertyKey[] => ["grants", index, ...more];
    for (const agent of typeof grant.agent === "string" ? [grant.agent] : grant.agent)
      use("agents", agent, at("agent"));
    use("systems", grant.operation.slice(0, grant.operation.indexOf("/")), at("operation"));
    let ofTenant = false;
    for (const [field, text] of Object.entries(grant.resource)) {
      const template = parseTemplate(text);
      ofTenant ||= template.ofTenant;
      for (const system of template.systems) use("systems", system, at("resource", field));
    }
    if (grant.approval !== undefined) use("approvers", grant.approval.by, at("approval", "by"));
    if (grant.approval?.escalate !== undefined)
      use("approvers", grant.approval.escalate.to, at("approval", "escalate", "to"));
    problems.push(...escalationProblems(grant).map(({ path, message }) => ({ path: at(...path), message })));
    if (grant.evidence !== undefined) use("evidence", grant.evidence.source, at("evidence", "source"));
    problems.push(...custodyProblems(grant).map(({ path, message }) => ({ path: at(...path), message })));
    if (!ofTenant && grant.shared === undefined)
      problems.push({
        path: at("resource"),
        message: "no field names the tenant; if all tenants share this, say why in shared: <reason>",
      });
    if (ofTenant && grant.shared !== undefined)
      problems.push({ path: at("shared"), message: "the resource names the tenant, so it is not shared" });
    if (grantIds.has(grant.id))
      problems.push({ path: at("id"), message: `grant ${grant.id} is there twice` });
    grantIds.add(grant.id);
  }
  const identities = new Set<string>();
  for (const [name, workload] of Object.entries(document.workloads)) {
    for (const agent of workload.agents) use("agents", agent, ["workloads", name, "agents"]);
    if ("ticket" in workload.tenant)
      for (const starter of workload.tenant.ticket) use("starters", starter, ["workloads", name, "tenant"]);
    const identity = JSON.stringify(workload.identity);
    if (identities.has(identity))
      problems.push({ path: ["workloads", name, "identity"], message: "two workloads have this identity" });
    identities.add(identity);
  }
  for (const [index, rule] of document.delegation.entries()) {
    use("agents", rule.parent, ["delegation", index, "parent"]);
    use("agents", rule.child, ["delegation", index, "child"]);
  }
  problems.push(...delegationProblems(document));
  for (const [name, starter] of Object.entries(document.starters)) {
    for (const agent of starter.agents) use("agents", agent, ["starters", name, "agents"]);
  }
  for (const section of ["systems", "agents", "approvers", "starters", "evidence"] as const) {
    for (const name of Object.keys(document[section])) {
      if (!used[section].has(name))
        problems.push({
          path: [section, name],
          message: `${name} is declared under ${section} and never used`,
        });
    }
  }
  return problems;
}

/** What the gateway never sees it cannot count, so a released credential has neither `once` nor a residual unsaid. */
function custodyProblems(grant: Grant): NameProblem[] {
  if (grant.custody === undefined) {
    if (grant.acceptResidual === undefined) return [];
    return [
      {
        path: ["acceptResidual"],
        message: "accepts a residual that nobody gets; it goes with custody: released",
      },
    ];
  }
  const unseen = "cannot hold for a released credential: the gateway does not see what is done with it";
  return [
    ...(grant.once === undefined ? [] : [{ path: ["once"], message: unseen }]),
    ...(grant.lease.run === undefined ? [] : [{ path: ["lease", "run"], message: unseen }]),
    ...(grant.lease.job === undefined ? [] : [{ path: ["lease", "job"], message: unseen }]),
    ...(grant.lease.grace === undefined ? [] : [{ path: ["lease", "grace"], message: unseen }]),
  ];
}

/** An escalation that changes nothing was meant to be another. */
function escalationProblems({ approval }: Grant): NameProblem[] {
  if (approval?.escalate === undefined) return [];
  const { after, to } = approval.escalate;
  const path = ["approval", "escalate"];
  if (to === approval.by) return [{ path: [...path, "to"], message: `${to} may decide from the beginning` }];
  if (parseDuration(after) < parseDuration(approval.expires)) return [];
  return [{ path: [...path, "after"], message: `the approval has expired by then (${approval.expires})` }];
}

function delegationProblems(document: PolicyDocument): NameProblem[] {
  const problems: NameProblem[] = [];
  const rules = new Set<string>();
  const grants = new Map(document.grants.map((grant) => [grant.id, grant]));
  for (const [index, { parent, child, grants: named }] of document.delegation.entries()) {
    const pair = JSON.stringify([parent, child]);
    if (rules.has(pair))
      problems.push({
        path: ["delegation", index],
        message: `the delegation from ${parent} to ${child} is there twice`,
      });
    rules.add(pair);
    for (const [position, id] of named.entries()) {
      const grant = grants.get(id);
      const path = ["delegation", index, "grants", position];
      if (grant === undefined) problems.push({ path, message: `grant ${id} is not there` });
      else if (!(typeof grant.agent === "string" ? [grant.agent] : grant.agent).includes(child))
        problems.push({
          path,
          message: `grant ${id} is not one of ${child}: a child uses its own grants, within what its parent has`,
        });
    }
  }
  return problems;
}

/** The declared name with the fewest differences, if it is near enough to be meant. */
function nearest(name: string, declared: readonly string[]): string | undefined {
  const [best] = declared
    .map((other) => ({ other, distance: distance(name, other) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= 2 ? best.other : undefined;
}

function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      current[j] = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
