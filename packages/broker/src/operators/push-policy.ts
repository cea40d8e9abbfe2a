import { parsePolicy } from "@watchword/policy";
import { recordAuthor } from "../approvals/grant-authors.ts";
import type { OperatorScope } from "./operator-scope.ts";

/**
 * Compiles a policy from its files and keeps it, after it is on record who brings new grants in.
 *
 * @throws Refusal `policy_invalid` with every problem and its file, line and column; `ledger_unavailable`
 */
export async function pushPolicy(
  { context, policies, operator, by }: OperatorScope,
  files: readonly { readonly name: string; readonly text: string }[],
): Promise<{ readonly version: string; readonly fresh: boolean }> {
  // In the order of their names, as from a directory: it is no part of the policy.
  const policy = parsePolicy(files.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  await recordAuthor(context, { ...operator, by }, policy.grants);
  return policies.push(policy, by);
}
