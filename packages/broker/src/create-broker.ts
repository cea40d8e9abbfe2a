import {
  type Adapter,
  type BrokerClient,
  type Clock,
  type IdentityVerifier,
  type LeaseDirectory,
  type Quota,
  Refusal,
  type Store,
  type TokenAnswer,
  type TokenRequest,
  systemClock,
} from "@watchword/core";
import { type Policy, checkCustody, checkOperations } from "@watchword/policy";
import { type ActivePolicy, activePolicy, compileStored } from "./active-policy.ts";
import { type Approvals, approvals } from "./approvals.ts";
import { advanceApprovals } from "./approvals/advance-approvals.ts";
import { ApprovalChanges } from "./approvals/approval-changes.ts";
import { approvalClient } from "./approvals/approval-client.ts";
import type { ApprovalOptions } from "./approvals/approval-options.ts";
import { approvalSettings } from "./approvals/approval-settings.ts";
import type { BrokerContext, DurableStep } from "./broker-context.ts";
import type { BrokerKeys } from "./broker-keys.ts";
import { brokerLeaseDirectory } from "./broker-lease-directory.ts";
import { type Discovery, discovery } from "./discovery.ts";
import { type Federation, checkFederationIssuer, federation } from "./federation.ts";
import { endRun } from "./end-run.ts";
import { type Evidence, evidence } from "./evidence/post-evidence.ts";
import { exchange } from "./exchange.ts";
import { BrokerLedger, type LedgerHealth, type LedgerOptions } from "./ledger/broker-ledger.ts";
import { followKeys } from "./keys/follow-keys.ts";
import type { LedgerReport } from "./ledger/verify-ledger-lines.ts";
import { verifyLedger } from "./ledger/verify-ledger.ts";
import {
  type OperatorOptions,
  type OperatorSettings,
  operatorSettings,
} from "./operators/operator-options.ts";
import { type Operators, operators } from "./operators/operators.ts";
import { type Policies, policies } from "./policies.ts";
import { CountedDenials } from "./projection/counted-denials.ts";
import { type Projections, projectionClient, projections } from "./projection/projections.ts";
import { Quotas } from "./quotas/quotas.ts";
import { RunLeases } from "./run-leases.ts";
import { SecretTurns } from "./tenants/secret-turns.ts";
import { type Runs, runs } from "./runs.ts";
import { type SweepReport, sweepLeases } from "./sweep-leases.ts";
import { type Tenants, tenants } from "./tenants.ts";
import { secretForgetter } from "./tenants/forget-secrets.ts";
import { type Tokens, tokens } from "./tokens.ts";
import { CountedRefusals } from "./counted-refusals.ts";
import type { RunKeyCache } from "./verify-assertion.ts";

/** What a broker is made of: everything is a value, nothing is read from the environment. */
export interface BrokerOptions {
  /** The broker's own identifier: audience of every token it accepts. */
  readonly issuer: string;
  /** Base URL of the gateway that answers for this broker's handles. */
  readonly gateway: string;
  /** Becomes the active one at the start; `stored`: the one that is active in the store goes on, as on every further replica. */
  readonly policy: Policy | "stored";
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
  /**
   * Whether proofs at the token endpoint must hold a nonce of the broker (RFC 9449 section 8): no proof can be made for
   * later. Default `required`; in development `off`.
   */
  readonly proofNonce?: "required" | "off";
  /** Declared workloads that may introspect tokens which are not their own: resource servers. Default: none. */
  readonly introspectors?: readonly string[];
  /**
   * Issuer of federation tokens, for systems that trust the broker as an OIDC issuer: an https URL of its own, never the
   * broker's. Left out: adapters get none.
   */
  readonly federationIssuer?: string;
  /** Where checkpoints of the ledger go besides the store, and whether minting waits for it. */
  readonly ledger?: LedgerOptions;
  /** How approvals are told of, decided in a browser, and bounded. */
  readonly approvals?: ApprovalOptions;
  /** Who operates the broker, and as what. Left out: nobody but the code that made it. */
  readonly operators?: OperatorOptions;
  /** By system, how much less it may be asked than its adapter says. Nothing that an adapter declares goes away by it. */
  readonly quotas?: Readonly<Record<string, readonly Quota[]>>;
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
  /** By what runtimes deny by themselves, and where they say so. */
  readonly projections: Projections;
  /** Introspection and revocation, for holders and resource servers. */
  readonly tokens: Tokens;
  /** What anybody may know: metadata and public keys. */
  readonly discovery: Discovery;
  /** What systems that trust the broker as an OIDC issuer must know; `undefined` without a federation issuer. */
  readonly federation: Federation | undefined;
  /** For the operator: kill, freeze, thaw. */
  readonly runs: Runs;
  /** For the operator: push, activate, roll back. */
  readonly policies: Policies;
  /** All of that and more, for verified operators, each by their roles; `undefined` when nobody is declared. */
  readonly operators: Operators | undefined;
  /** Ends what is due now. Runs by itself every `sweepMilliseconds`. */
  sweep(): Promise<SweepReport>;
  /**
   * Signs this broker's chain as it is now, and waits for the sinks. Sweeps do it every 60 s and every 1,000 records,
   * disposing the broker once more.
   */
  checkpoint(): Promise<void>;
  /** Checks the whole ledger, also against checkpoints that were kept outside. */
  verifyLedger(outside?: readonly string[]): Promise<LedgerReport>;
  /** Whether checkpoints are signed and get outside. */
  readonly ledgerHealth: () => LedgerHealth;
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
  const declared =
    options.operators && operatorSettings(options.operators, options.environment ?? "production");
  const active = await startingPolicy(options, clock);
  checkWiring(options, active.policy);
  const ledger = new BrokerLedger(
    options.store,
    options.keys.ledger,
    options.issuer,
    clock,
    options.ledger ?? {},
  );
  const adapters = new Map(Object.entries(options.systems));
  const context: BrokerContext = Object.freeze<BrokerContext>({
    issuer: options.issuer,
    gateway: options.gateway,
    // Read anew by whoever asks: a policy that was activated meanwhile counts from the next exchange on, and one that is
    // activated in the middle of a decision makes it void.
    get policy() {
      return active.policy;
    },
    get policyEpoch() {
      return active.epoch;
    },
    store: options.store,
    standings: new Map(),
    runLeases: new RunLeases(),
    secretTurns: new SecretTurns(),
    keys: options.keys,
    verifiers: new Map(options.verifiers.map((verifier) => [verifier.issuer, verifier])),
    systems: adapters,
    quotas: new Quotas({
      systems: adapters,
      configured: options.quotas ?? {},
      store: options.store,
      clock,
    }),
    clock,
    fetch: options.fetch ?? fetch,
    isolation: options.isolation ?? "same-process",
    unsafeInProcess: options.unsafeInProcess ?? false,
    maxSessionSeconds: options.maxSessionSeconds ?? MAX_SESSION_SECONDS,
    proofNonce: options.proofNonce ?? (options.environment === "development" ? "off" : "required"),
    introspectors: new Set(options.introspectors),
    federationIssuer: options.federationIssuer,
    approvals: approvalSettings(options.approvals),
    approvalChanges: new ApprovalChanges(options.approvals?.schedule),
    onStep: options.onStep ?? (() => undefined),
    counted,
    ledger,
  });
  return running(context, counted, {
    ledger,
    active,
    check: (policy) => checkPolicy(policy, options.systems),
    operators: declared,
    sweepMilliseconds: options.sweepMilliseconds ?? 2_000,
  });
}

/** The policy to begin with: the one that is handed in becomes the active one, or the store's own goes on. */
async function startingPolicy(
  { policy, store, systems }: BrokerOptions,
  clock: Clock,
): Promise<ActivePolicy> {
  if (policy !== "stored") {
    checkPolicy(policy, systems);
    const epoch = await store.activatePolicy(policy.version, policy.canonical, {
      kind: "policy",
      at: clock.now(),
      tenant: null,
      body: { outcome: "activated", policy_version: policy.version },
    });
    return activePolicy(store, policy, epoch);
  }
  const stored = await store.activePolicy();
  if (stored === undefined)
    throw new Refusal("policy_invalid", {
      detail: "the store has no active policy; start once with one, or push and activate it",
      failedFact: "policy",
    });
  const compiled = compileStored(stored.document);
  checkPolicy(compiled, systems);
  return activePolicy(store, compiled, stored.epoch);
}

const MAX_SESSION_SECONDS = 28_800;

interface Running {
  readonly ledger: BrokerLedger;
  readonly active: ActivePolicy;
  readonly check: (policy: Policy) => void;
  readonly operators: OperatorSettings | undefined;
  readonly sweepMilliseconds: number;
}

function running(
  context: BrokerContext,
  counted: CountedRefusals,
  { ledger, active, check, operators: declared, sweepMilliseconds }: Running,
): Broker {
  const keys: RunKeyCache = new Map();
  const denials = new CountedDenials(context.clock);
  const shown = discovery(context);
  const projected = projections(context, keys, denials);
  const rooms = {
    approvals: approvals(context),
    tenants: tenants(context),
    policies: policies(context, active, check),
    runs: runs(context, () => endDue()),
    endDue: () => endDue(),
  };
  const forgetSecrets = secretForgetter(context);
  const endDue = async (): Promise<SweepReport> => {
    // First: keys have to be followed while the store is down, too.
    await followKeys(context.keys);
    await counted.flush(context.store);
    await denials.flush(context.store);
    await active.refresh();
    const report = await sweepLeases(context);
    await forgetSecrets();
    await ledger.keepUp();
    return report;
  };
  // Not where a run's end is waited for: notices go to a host that may be slow.
  const sweep = async (): Promise<SweepReport> => {
    const report = await endDue();
    await advanceApprovals(context);
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
      token: async (request: TokenRequest): Promise<TokenAnswer> => {
        const answer = await exchange(context, keys, request);
        // Another process may have activated a policy: the next question is decided by it.
        if (!answer.ok && answer.reason === "state_changed") await active.refresh().catch(() => undefined);
        return answer;
      },
      endRun: async (runToken: string, proof: string) => {
        await endRun(context, runToken, proof);
        await endDue();
      },
      approvals: approvalClient(rooms.approvals),
      projections: projectionClient(projected, shown),
    }),
    leases: brokerLeaseDirectory(context),
    approvals: rooms.approvals,
    tenants: rooms.tenants,
    evidence: evidence(context),
    tokens: tokens(context, endDue),
    projections: projected,
    discovery: shown,
    federation: federation(context),
    runs: rooms.runs,
    policies: rooms.policies,
    operators: operators(context, declared, rooms),
    sweep,
    checkpoint: () => ledger.checkpoint(),
    verifyLedger: (outside?: readonly string[]) =>
      verifyLedger(context.store, context.keys.ledger.verification, outside),
    ledgerHealth: () => ledger.health,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await counted.flush(context.store, "all");
      await denials.flush(context.store, true);
      await ledger.checkpoint();
    },
  });
}

/** @throws Refusal `policy_invalid` with every problem of a policy and its place, given these systems */
function checkPolicy(policy: Policy, systems: BrokerOptions["systems"]): void {
  const problems = [
    ...checkOperations(
      policy,
      Object.fromEntries(Object.entries(systems).map(([name, adapter]) => [name, adapter.catalogue])),
    ),
    ...checkCustody(policy, systems),
  ];
  if (problems.length === 0) return;
  throw new Refusal("policy_invalid", {
    detail: problems
      .map(({ file, line, column, message }) => `${file}:${line}:${column}  ${message}`)
      .join("\n"),
  });
}

function checkWiring(options: BrokerOptions, policy: Policy): void {
  const stranger = options.introspectors?.find((name) => !Object.hasOwn(policy.document.workloads, name));
  if (stranger !== undefined)
    throw new Refusal("configuration_invalid", {
      detail: `introspector ${stranger} is not declared under workloads`,
    });
  if (options.federationIssuer !== undefined) checkFederationIssuer(options.federationIssuer, options.issuer);
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
