import { parsePolicy } from "@watchword/policy";
import type { OperatorScope } from "./operator-scope.ts";

/**
 * Compiles a policy from its files and keeps it.
 *
 * @throws Refusal `policy_invalid` with every problem and its file, line and column
 */
export function pushPolicy(
  { policies, by }: OperatorScope,
  files: readonly { readonly name: string; readonly text: string }[],
): Promise<{ readonly version: string; readonly fresh: boolean }> {
  // In the order of their names, as from a directory: it is no part of the policy.
  return policies.push(parsePolicy(files.toSorted((a, b) => (a.name < b.name ? -1 : 1))), by);
}
