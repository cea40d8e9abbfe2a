import {
  type Adapter,
  type BrokerClient,
  type Clock,
  type IdentityVerifier,
  type LeaseDirectory,
  Refusal,
  type Store,
  type TokenAnswer,
  type TokenRequest,
  systemClock,
} from "@watchword/core";
import { type Policy, checkCustody, checkOperations } from "@watchword/policy";
import { type Approvals, approvals } from "./approvals.ts";
import type { BrokerContext, DurableStep } from "./broker-context.ts";
import type { BrokerKeys } from "./broker-keys.ts";
import { brokerLeaseDirectory } from "./broker-lease-directory.ts";
import { endRun } from "./end-run.ts";
import { type Evidence, evidence } from "./evidence/post-evidence.ts";
import { exchange } from "./exchange.ts";
import { checkpointLedger } from "./ledger/checkpoint-ledger.ts";
import { type LedgerReport, verifyLedger } from "./ledger/verify-ledger.ts";
import { type Runs, runs } from "./runs.ts";
import { type SweepReport, sweepLeases } from "./sweep-leases.ts";
import { type Tenants, tenants } from "./tenants.ts";
import { CountedRefusals } from "./counted-refusals.ts";
import type { RunKeyCache } from "./verify-assertion.ts";

/** What a broker is made of: everything is a value, nothing is read from the environment. */
export interface BrokerOptions {
  /** The broker's own identifier: audience of every token it accepts. */
  readonly issuer: string;
  /** Base URL of the gateway that answers for this broker's handles. */
  readonly gateway: string;
  readonly policy: Policy;
  readonly store: Store;
  readonly keys: BrokerKeys;
  readonly verifiers: readonly IdentityVerifier[];
  /** Named instances of adapters: the names under `systems:` in the policy. */
  readonly systems: Readonly<Record<string, Adapter>>;
  /** Default `production`, which refuses development verifiers. */
  readonly environment?: "production" | "development";
  /** Default `same-process`: the caller's code shares memory with the broker. */
  readonly isolation?: BrokerContext["isolation"];
  /** Accepts live root secrets although agents share the process. */
  readonly unsafeInProcess?: boolean;
  /** Seconds from a run's start after which it is not renewed any more. Default 8 hours. */
  readonly maxSessionSeconds?: number;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  /** Milliseconds between two sweeps; 0 leaves sweeping to the caller. Default 2,000. */
  readonly sweepMilliseconds?: number;
  readonly onStep?: (step: DurableStep, decisionId: string) => void;
}

/** A running broker. Disposing it records a last checkpoint; the store stays the caller's. */
export interface Broker extends AsyncDisposable {
  /** For callers in the same process; HTTP callers enter the same exchange. */
  readonly client: BrokerClient;
  readonly leases: LeaseDirectory;
  readonly approvals: Approvals;
  readonly tenants: Tenants;
  readonly evidence: Evidence;
  /** For the operator: kill, freeze, thaw. */
  readonly runs: Runs;
  /** Ends what is due now. Runs by itself every `sweepMilliseconds`. */
  sweep(): Promise<SweepReport>;
  /** Signs the head of this broker's chain. A sweep does it every 60 s, disposing the broker once more. */
  checkpoint(): Promise<void>;
  verifyLedger(): Promise<LedgerReport>;
}

/**
 * Makes a broker: checks policy and wiring against each other first, so that a broker that runs can decide.
 *
 * @throws Refusal `policy_invalid` with every problem and its line, `configuration_invalid`, `development_setting`
 *
 * @example
 * ```ts
 * const broker = await createBroker({ issuer, gateway, policy: await loadPolicy("policy/"), store: await sqlite("watchword.db"),
 *   keys: await fileKeys("keys/"), verifiers: [oidc({ … })], systems: { payments: stripe() } });
 * ```
 */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const clock = options.clock ?? systemClock;
  const counted = new CountedRefusals(clock);
  checkWiring(options);
  const policyEpoch = await options.store.activatePolicy(options.policy.version, options.policy.canonical, {
    kind: "policy",
    at: clock.now(),
    tenant: null,
    body: { outcome: "activated", policy_version: options.policy.version },
  });
  const context: BrokerContext = Object.freeze({
    issuer: options.issuer,
    gateway: options.gateway,
    policy: options.policy,
    policyEpoch,
    store: options.store,
    keys: options.keys,
    verifiers: new Map(options.verifiers.map((verifier) => [verifier.issuer, verifier])),
    systems: new Map(Object.entries(options.systems)),
    clock,
    fetch: options.fetch ?? fetch,
    isolation: options.isolation ?? "same-process",
    unsafeInProcess: options.unsafeInProcess ?? false,
    maxSessionSeconds: options.maxSessionSeconds ?? MAX_SESSION_SECONDS,
    onStep: options.onStep ?? (() => undefined),
    counted,
  });
  return running(context, counted, options.sweepMilliseconds ?? 2_000);
}

const MAX_SESSION_SECONDS = 28_800;

/** Milliseconds after which a sweep signs the ledger's head anew: so long may a tail be cut off unnoticed. */
const CHECKPOINT_MILLISECONDS = 60_000;

function running(context: BrokerContext, counted: CountedRefusals, sweepMilliseconds: number): Broker {
  const keys: RunKeyCache = new Map();
  let checkpointed = context.clock.now();
  const checkpoint = async (): Promise<void> => {
    checkpointed = context.clock.now();
    await checkpointLedger(context.store, context.keys.ledger, context.clock);
  };
  const sweep = async (): Promise<SweepReport> => {
    await counted.flush(context.store);
    const report = await sweepLeases(context);
    if (context.clock.now() - checkpointed >= CHECKPOINT_MILLISECONDS) await checkpoint();
    return report;
  };
  // A sweep that fails is repeated by the next one; the store says by itself when it cannot write.
  const timer =
    sweepMilliseconds === 0
      ? undefined
      : setInterval(() => void sweep().catch(() => undefined), sweepMilliseconds).unref();
  return Object.freeze({
    client: Object.freeze({
      issuer: context.issuer,
      token: (request: TokenRequest): Promise<TokenAnswer> => exchange(context, keys, request),
      endRun: async (runToken: string, proof: string) => {
        await endRun(context, runToken, proof);
        await sweep();
      },
    }),
    leases: brokerLeaseDirectory(context),
    approvals: approvals(context),
    tenants: tenants(context),
    evidence: evidence(context),
    runs: runs(context, sweep),
    sweep,
    checkpoint,
    verifyLedger: () => verifyLedger(context.store, context.keys.ledgerVerification),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await counted.flush(context.store);
      await checkpoint();
    },
  });
}

function checkWiring(options: BrokerOptions): void {
  const problems = [
    ...checkOperations(
      options.policy,
      Object.fromEntries(Object.entries(options.systems).map(([name, adapter]) => [name, adapter.catalogue])),
    ),
    ...checkCustody(options.policy, options.systems),
  ];
  if (problems.length > 0) {
    throw new Refusal("policy_invalid", {
      detail: problems
        .map(({ file, line, column, message }) => `${file}:${line}:${column}  ${message}`)
        .join("\n"),
    });
  }
  const issuers = options.verifiers.map((verifier) => verifier.issuer);
  if (new Set(issuers).size !== issuers.length)
    throw new Refusal("configuration_invalid", { detail: "two verifiers are for the same issuer" });
  if (options.environment === "development") return;
  for (const verifier of options.verifiers) {
    if (verifier.developmentOnly)
      throw new Refusal("development_setting", {
        detail: `verifier ${verifier.issuer} is for development; configure a real issuer, or say environment: "development"`,
      });
  }
}
