import { type CompiledDelegation, type Policy, delegationKey } from "./policy.ts";

/** The rule by which `parent` may start `child`; `undefined` means that it may not. */
export function delegationRule(
  policy: Policy,
  parent: string,
  child: string,
): CompiledDelegation | undefined {
  return policy.delegations.get(delegationKey(parent, child));
}
