/** One thing that RBAC can allow: a verb on a kind of object, perhaps on some by name. */
export interface Right {
  readonly verb: string;
  /** `""` is the core group. */
  readonly group: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
}

/** A right as people and the ledger read it: `get pods/log`, `patch deployments.apps`. */
export function rightText({ verb, group, resource }: Right): string {
  const [kind = "", ...sub] = resource.split("/");
  return `${verb} ${[group === "" ? kind : `${kind}.${group}`, ...sub].join("/")}`;
}

/** Whether two rights are one. A wildcard is none but itself. */
export const sameRight = (one: Right, other: Right): boolean =>
  one.verb === other.verb && one.group === other.group && one.resource === other.resource;
