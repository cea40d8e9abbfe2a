import type { Adapter, Clock, IdentityVerifier, Refusal, Store } from "@watchword/core";
import type { Policy } from "@watchword/policy";
import type { ApprovalChanges } from "./approvals/approval-changes.ts";
import type { ApprovalSettings } from "./approvals/approval-options.ts";
import type { BrokerKeys } from "./broker-keys.ts";
import type { Quotas } from "./quotas/quotas.ts";
import type { KnownStandings } from "./read-standing.ts";
import type { RunLeases } from "./run-leases.ts";
import type { SecretTurns } from "./tenants/secret-turns.ts";

/** The six durable steps of an act, in order. */
export type DurableStep = "read" | "decided" | "intent" | "minted" | "outcome" | "answered";

/** What every room of the broker works with: made once by `createBroker`, never changed. */
export interface BrokerContext {
  readonly issuer: string;
  readonly gateway: string;
  readonly policy: Policy;
  /** Epoch of the active policy as this process knows it; an older one aborts in the intent's transaction. */
  readonly policyEpoch: number;
  readonly store: Store;
  /** What was read of the store before, and holds under the same epochs. */
  readonly standings: KnownStandings;
  /** Leases whose credential the reads of a run share, by what it was minted for. */
  readonly runLeases: RunLeases;
  /** Who may use a rotating secret next. */
  readonly secretTurns: SecretTurns;
  /** Counts what systems are asked. */
  readonly quotas: Quotas;
  readonly keys: BrokerKeys;
  readonly verifiers: ReadonlyMap<string, IdentityVerifier>;
  readonly systems: ReadonlyMap<string, Adapter>;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** `same-process`: code of the agent could read the broker's memory; said on every decision. */
  readonly isolation: "same-process" | "own-process";
  readonly unsafeInProcess: boolean;
  /** Seconds that a run may be renewed for, from its start. */
  readonly maxSessionSeconds: number;
  /** Issuer of federation tokens, never the broker's own; `undefined`: there are none. */
  readonly federationIssuer: string | undefined;
  /** Whether proofs at the token endpoint must hold a nonce of ours. */
  readonly proofNonce: "required" | "off";
  /** Names of declared workloads that may introspect tokens of others. */
  readonly introspectors: ReadonlySet<string>;
  /** Told after each durable step; for tracing and crash tests. */
  readonly onStep: (step: DurableStep, decisionId: string) => void;
  /** How approvals are told of and bounded. */
  readonly approvals: ApprovalSettings;
  /** Wakes those in this process who wait for one. */
  readonly approvalChanges: ApprovalChanges;
  /** Counts refusals that get no record of their own. */
  readonly counted: { note(refusal: Refusal): void };
  /** @throws Refusal `ledger_unavailable` while a required sink does not take checkpoints */
  readonly ledger: { requireOutside(): void };
}
