import { type LedgerEntry, type PolicyActivation, Refusal } from "@watchword/core";
import type { Policy } from "@watchword/policy";
import { type ActivePolicy, compileStored } from "./active-policy.ts";
import type { BrokerContext } from "./broker-context.ts";

/** A policy as it stands in the broker. */
export interface PolicyState {
  readonly version: string;
  readonly epoch: number;
}

/** The life of policies: pushed, activated, taken back. Who may call this is the caller's to decide. */
export interface Policies {
  active(): PolicyState;
  /**
   * Checks a policy against the systems that are really there and keeps it, without making it active.
   *
   * @throws Refusal `policy_invalid` with every problem; the active one stays
   */
  push(policy: Policy, by: string): Promise<{ readonly version: string; readonly fresh: boolean }>;
  /**
   * Makes a pushed policy the active one, on every replica at once: whatever was decided by the one before is void.
   *
   * @throws Refusal `policy_invalid` for a version that nobody pushed, or that no longer fits the systems
   */
  activate(version: string, by: string): Promise<PolicyState>;
  /** Activates the policy that was active before this one. @throws Refusal `policy_invalid` when there is none */
  rollback(by: string): Promise<PolicyState>;
  /** Activations, newest first. */
  history(limit?: number): Promise<readonly PolicyActivation[]>;
}

/** The policies of a broker. `check` says what is wrong with one, given the systems. */
export function policies(
  context: BrokerContext,
  active: ActivePolicy,
  check: (policy: Policy) => void,
): Policies {
  const entry = (outcome: string, version: string, by: string): LedgerEntry => ({
    kind: "policy",
    at: context.clock.now(),
    tenant: null,
    body: { outcome, policy_version: version },
    personal: { by },
  });
  const activate = async (version: string, by: string, outcome: string): Promise<PolicyState> => {
    const document = await context.store.policy(version);
    if (document === undefined)
      throw new Refusal("policy_invalid", {
        detail: `no policy ${version} was pushed`,
        failedFact: "policy",
      });
    const policy = compileStored(document);
    check(policy);
    await active.activate(policy, entry(outcome, version, by));
    return { version: active.policy.version, epoch: active.epoch };
  };
  return Object.freeze<Policies>({
    active: () => ({ version: active.policy.version, epoch: active.epoch }),
    push: async (policy, by) => {
      check(policy);
      const fresh = await context.store.putPolicy(
        policy.version,
        policy.canonical,
        entry("pushed", policy.version, by),
      );
      return { version: policy.version, fresh };
    },
    activate: (version, by) => activate(version, by, "activated"),
    rollback: async (by) => {
      const [now, before] = await context.store.policyHistory(2);
      if (now === undefined || before === undefined)
        throw new Refusal("policy_invalid", {
          detail: "no policy was active before this one",
          failedFact: "policy",
        });
      return activate(before.version, by, "rolled_back");
    },
    history: (limit = 100) => context.store.policyHistory(limit),
  });
}
