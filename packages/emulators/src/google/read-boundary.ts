import { GoogleProblem } from "./google-problem.ts";
import type { BoundaryRule } from "./issued-tokens.ts";

const RESOURCE = /^\/\/storage\.googleapis\.com\/projects\/_\/buckets\/([a-z0-9_-]+)$/;
const ROLE = /^inRole:(roles\/storage\.[A-Za-z]+)$/;
const OBJECT = /^resource\.name == 'projects\/_\/buckets\/([a-z0-9_-]+)\/objects\/([^'\\]+)'$/;
const LIST =
  /^api\.getAttribute\('storage\.googleapis\.com\/objectListPrefix', ''\)\.startsWith\('([^'\\]*)'\)$/;

interface Rule {
  readonly availableResource: string;
  readonly availablePermissions: readonly string[];
  readonly availabilityCondition: { readonly expression: string };
}

/**
 * Reads an access boundary. It knows the two conditions that the adapter writes, and refuses every other rather than guess what Google
 * would make of it.
 *
 * @throws GoogleProblem 400 `invalid_request`
 */
export function readBoundary(text: string): readonly BoundaryRule[] {
  const rules = parse(text);
  if (rules.length === 0 || rules.length > 10) throw invalid("1 to 10 rules");
  return rules.map(readRule);
}

function readRule({ availableResource, availablePermissions, availabilityCondition }: Rule): BoundaryRule {
  const [, bucket] = RESOURCE.exec(availableResource) ?? [];
  const [, role] = ROLE.exec(availablePermissions[0] ?? "") ?? [];
  const { expression } = availabilityCondition;
  const [, objectBucket, object] = OBJECT.exec(expression) ?? [];
  const [, listPrefix] = LIST.exec(expression) ?? [];
  if (bucket === undefined || role === undefined || availablePermissions.length !== 1)
    throw invalid("a bucket and a role");
  if (object !== undefined && objectBucket === bucket) return { bucket, role, condition: { object } };
  if (listPrefix !== undefined) return { bucket, role, condition: { listPrefix } };
  throw invalid("a condition");
}

function parse(text: string): readonly Rule[] {
  try {
    return (JSON.parse(text) as { accessBoundary: { accessBoundaryRules: readonly Rule[] } }).accessBoundary
      .accessBoundaryRules;
  } catch {
    throw invalid("a boundary");
  }
}

function invalid(what: string): GoogleProblem {
  return new GoogleProblem(400, "invalid_request", `Access boundary: expected ${what}.`);
}
