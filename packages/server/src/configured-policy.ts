import { resolve } from "node:path";
import type { Store } from "@watchword/core";
import { type Policy, loadPolicy } from "@watchword/policy";
import type { Configuration } from "./load-configuration.ts";

/** What `policy:` says, with the files read: the policy of every start, or the one of a store that has none yet. */
export interface ConfiguredPolicy {
  readonly policy: Policy | undefined;
  /** Whether the store's own goes on, once it has one. */
  readonly stored: boolean;
}

/**
 * Reads the policy that the configuration names, before anything is opened.
 *
 * @throws PolicyInvalid
 */
export async function configuredPolicy({ directory, document }: Configuration): Promise<ConfiguredPolicy> {
  const { policy } = document;
  if (typeof policy === "string")
    return { policy: await loadPolicy(resolve(directory, policy)), stored: false };
  if (!("stored" in policy)) return { policy, stored: false };
  const { first } = policy;
  return {
    policy: first === undefined ? undefined : await loadPolicy(resolve(directory, first)),
    stored: true,
  };
}

/**
 * The policy to begin with. INVARIANT: with `stored`, what operators activated is not replaced by a file at the next start.
 */
export async function startingPolicy(
  { policy, stored }: ConfiguredPolicy,
  store: Pick<Store, "activePolicy">,
): Promise<Policy | "stored"> {
  if (policy === undefined) return "stored";
  return stored && (await store.activePolicy()) !== undefined ? "stored" : policy;
}
