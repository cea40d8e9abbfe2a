import { Identifier, type Reason } from "@watchword/core";
import { type Change, type GrantMatter, acting, arguing, resourceFor } from "./grant-matter.ts";

/** The tenant: other tenants' objects and resources, their users, and names that only look like the tenant's. */
export function tenantRows(matter: GrantMatter): Change[] {
  return [...objects(matter), ...resources(matter), ...names(matter)];
}

function objects({ entry, grant, values, baseline }: GrantMatter): Change[] {
  const rows: Change[] = [];
  const named = [
    ["foreign-object", "an object of another tenant", values.foreign[grant.operation]],
    ["nobodys-object", "an object that nobody owns", values.missing[grant.operation]],
  ] as const;
  for (const [mutation, title, object] of named) {
    if (object === undefined || entry.references.length === 0) continue;
    const references = Object.entries(object).filter(([name]) => entry.references.includes(name));
    if (references.length === 0) continue;
    rows.push({
      fact: "tenant",
      mutation,
      title,
      mutated: arguing(baseline, Object.fromEntries(references)),
      expected: ["tenant_mismatch"],
    });
  }
  return rows;
}

function resources(matter: GrantMatter): Change[] {
  const { grant, baseline, tenants, values } = matter;
  const theirs = resourceFor(matter, "other", tenants.other);
  const ours = resourceFor(matter, "own", tenants.own);
  const rows: Change[] = [];
  for (const [field, template] of grant.resource) {
    const value = values.resource?.other[field] ?? theirs[field];
    // One account for all tenants is nobody's other account: whose an object is, the object says.
    if (!template.ofTenant || value === undefined || value === ours[field]) continue;
    rows.push({
      fact: "tenant",
      mutation: `foreign-${field}`,
      title: `the ${field} of another tenant`,
      mutated: acting(baseline, { resource: { ...baseline.action.resource, [field]: value } }),
      expected: ["tenant_mismatch"],
    });
  }
  return rows;
}

/** Names of no tenant: other letters that look alike, other cases, paths, nothing at all. */
function variants({ own, other }: GrantMatter["tenants"]): readonly (readonly [string, string, string])[] {
  return [
    ["unregistered", "a tenant that nobody registered", "boundary-nobody"],
    ["upper-case", "the tenant in upper case", own.toUpperCase()],
    ["path", "a path from the tenant to another", `${own}/../${other}`],
    ["empty", "an empty tenant", ""],
    ["space", "the tenant with a space behind it", `${own} `],
    ["look-alike", "the tenant with a letter of another alphabet", `\u0430${own.slice(1)}`],
    ["full-width", "the tenant in full-width letters", fullWidth(own)],
    ["null-byte", "the tenant with a null byte behind it", `${own}\u0000`],
    ["wildcard", "a wildcard", "*"],
    ["list", "two tenants in one", `${own},${other}`],
  ];
}

function names(matter: GrantMatter): Change[] {
  const { policy, workload, baseline, tenants } = matter;
  const rule = policy.document.workloads[workload]?.tenant;
  if (rule === undefined) return [];
  const rows: Change[] = variants(tenants).map(([mutation, title, tenant]) => ({
    fact: "tenant",
    mutation,
    title,
    mutated: { ...baseline, tenant },
    expected: [reasonFor(rule, tenant)],
  }));
  if ("claim" in rule)
    rows.push({
      fact: "tenant",
      mutation: "user-of-another-tenant",
      title: "a user of another tenant",
      mutated: { ...baseline, user: "other-tenant" },
      expected: ["tenant_mismatch"],
    });
  if ("fixed" in rule)
    rows.push({
      fact: "tenant",
      mutation: "another-tenant",
      title: "another tenant than the one that the workload is pinned to",
      mutated: { ...baseline, tenant: tenants.other },
      expected: ["tenant_mismatch"],
    });
  return rows;
}

function reasonFor(
  rule: GrantMatter["policy"]["document"]["workloads"][string]["tenant"],
  tenant: string,
): Reason {
  if ("claim" in rule) return "tenant_unknown";
  if ("ticket" in rule) return Identifier.safeParse(tenant).success ? "tenant_unknown" : "token_malformed";
  if (!Identifier.safeParse(tenant).success) return "request_malformed";
  return "fixed" in rule ? "tenant_mismatch" : "tenant_unknown";
}

function fullWidth(text: string): string {
  return text.replaceAll(/[a-z0-9]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfe_e0));
}
