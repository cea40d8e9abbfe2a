import type { Reason } from "@watchword/core";
import { type Change, type GrantMatter, acting, resourceFor } from "./grant-matter.ts";

/** What a resource that is not the granted one is refused for: where it is somebody else's, somewhere else, or no name. */
const ELSEWHERE: readonly Reason[] = [
  "tenant_mismatch",
  "condition_failed",
  "request_malformed",
  // Of what is not there at all, some systems say so before anybody decides.
  "downstream_refused",
];
const NEIGHBOUR: readonly Reason[] = ["tenant_mismatch", "condition_failed"];

/** The resource: next to the granted one, above it, all of them, and other spellings of it. */
export function resourceRows(matter: GrantMatter): Change[] {
  const { grant, baseline, tenants, values } = matter;
  const granted = resourceFor(matter, "own", tenants.own);
  const rows: Change[] = [];
  const add = (
    mutation: string,
    title: string,
    resource: Record<string, string>,
    expected: readonly Reason[],
  ): void =>
    void rows.push({
      fact: "resource",
      mutation,
      title,
      mutated: acting(baseline, { resource: { ...baseline.action.resource, ...resource } }),
      expected,
    });
  for (const field of grant.resource.keys()) {
    const value = granted[field];
    if (value === undefined) continue;
    for (const [mutation, title, other] of neighbours(value))
      if (other !== value) add(`${field}-${mutation}`, `${field}: ${title}`, { [field]: other }, ELSEWHERE);
    const neighbour = values.neighbour?.[field];
    if (neighbour !== undefined && neighbour !== value)
      add(`${field}-neighbour`, `${field}: what is next to it`, { [field]: neighbour }, NEIGHBOUR);
    add(`${field}-empty`, `${field}: nothing`, { [field]: "" }, ["request_malformed"]);
  }
  add("unknown-field", "a field that the operation does not have", { boundary: "x" }, ["request_malformed"]);
  return rows;
}

function neighbours(value: string): readonly (readonly [string, string, string])[] {
  const parent = value.split("/").slice(0, -1).join("/");
  return [
    ["longer", "a longer name", `${value}-boundary`],
    ["shorter", "a shorter name", value.slice(0, -1)],
    ["wildcard", "a wildcard", "*"],
    ["wildcard-end", "a wildcard at its end", `${value}*`],
    ["upper-case", "in upper case", value.toUpperCase()],
    ["slash", "with a slash behind it", `${value}/`],
    ["dots", "by way of its neighbour", `${value}/../boundary`],
    ["encoded", "percent-encoded", encodeURIComponent(`${value}/`)],
    ["space", "with a space behind it", `${value} `],
    ["null-byte", "with a null byte behind it", `${value}\u0000`],
    ...(parent === ""
      ? []
      : ([
          ["parent", "what it is in", parent],
          ["all", "everything that is in it", `${parent}/*`],
        ] as const)),
  ];
}
