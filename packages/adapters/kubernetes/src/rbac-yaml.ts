import { type RbacOptions, rbacManifests } from "./rbac-manifests.ts";

/**
 * The {@link rbacManifests} as YAML, for `kubectl apply -f -`.
 *
 * @throws ZodError; Refusal `unknown_target` for an operation that the catalogue does not have
 *
 * @example
 * ```ts
 * process.stdout.write(rbacYaml({ namespace: "acme", operations: ["pods.list", "deployments.restart"] }));
 * ```
 */
export function rbacYaml(options: RbacOptions): string {
  return rbacManifests(options)
    .map((manifest) => `---\n${members(manifest, "").join("\n")}\n`)
    .join("");
}

function members(value: object, indent: string): string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    if (Array.isArray(member)) {
      const items: readonly unknown[] = member;
      if (items.every((item) => typeof item === "string"))
        return [`${indent}${name}: [${items.map(scalar).join(", ")}]`];
      return [`${indent}${name}:`, ...items.flatMap((item) => listItem(item, indent))];
    }
    if (typeof member === "object" && member !== null)
      return [`${indent}${name}:`, ...members(member, `${indent}  `)];
    return [`${indent}${name}: ${scalar(member)}`];
  });
}

function listItem(item: unknown, indent: string): string[] {
  const [first = "", ...rest] = members(Object(item) as object, `${indent}    `);
  return [`${indent}  - ${first.trimStart()}`, ...rest];
}

/** Every text in quotes: none can then be read as something else. */
const scalar = (value: unknown): string => JSON.stringify(value);
