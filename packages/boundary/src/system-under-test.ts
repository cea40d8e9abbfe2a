import {
  type Adapter,
  type Clock,
  type Connection,
  type GatewayRequest,
  SealedCredential,
  type ValueMap,
} from "@watchword/core";
import type { EvidenceSource } from "@watchword/policy";
import type { EvidenceCondition } from "./situation.ts";

/** One request as a running twin saw it. `resolve` reads for a decision; the others are mints, effects and refusals. */
export interface SeenRequest {
  readonly kind: string;
  readonly path: string;
}

/**
 * A tenant's connection as a system has it. Without a secret it is an account alone, which the broker takes of an adapter whose
 * `rootSecret` is `none`, and of no other.
 */
export interface SystemConnection extends Omit<Connection, "secret"> {
  readonly secret?: SealedCredential;
}

/** Whose access tokens the services of a world take, or whose federation tokens its clouds. */
export interface AccessIssuer {
  readonly issuer: string;
  /** The JSON Web Key Set that the broker of this world publishes now. */
  keys(): Promise<object>;
}

/**
 * A downstream system for one world: the adapter wired to a running twin, and what two tenants own there. `stripeSystem`,
 * `githubSystem` and `serviceSystem` of `@watchword/emulators` start ready ones; the fixture of an adapter's `describeAdapter` suite is one.
 */
export interface RunningSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: { readonly requests: readonly SeenRequest[]; readonly url: string };
  /** Connection of the tenant whose agents act. Its secret is a canary: it is searched for everywhere. */
  readonly own: SystemConnection;
  /** Connection of another tenant. */
  readonly other: SystemConnection;
  /** Arguments by operation that name objects of `own`; the catalogue's example where an operation is left out. */
  readonly live?: Readonly<Record<string, ValueMap>>;
  /** Arguments by operation that name an object which only `other` owns. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  /** Arguments by operation that name an object which nobody owns. */
  readonly missing: Readonly<Record<string, ValueMap>>;
  /** Arguments by operation that name further objects of `own`, for what is counted or may happen once. */
  readonly more?: Readonly<Record<string, readonly ValueMap[]>>;
  /** Resource fields that actions name themselves, of `own` and of `other`; left out where the adapter completes them all. */
  readonly resource?: Readonly<Record<"own" | "other", Readonly<Record<string, string>>>>;
  /** Resource fields of `own` that actions name themselves, and that stand for something which no grant names. */
  readonly neighbour?: Readonly<Record<string, string>>;
  /** Takes off a request what `enforce` stamped onto it besides the action. */
  unstamped?(request: GatewayRequest): GatewayRequest;
  /** Puts test results into the twin, where the system keeps some. */
  evidence?(change: EvidenceChange): Promise<void> | void;
}

/** How a declared source stands about a commit from now on. */
export interface EvidenceChange {
  readonly source: Exclude<EvidenceSource, { issuer: "dsse" }>;
  /** Name of the check. */
  readonly check: string;
  readonly commit: string;
  readonly condition: EvidenceCondition;
}

/** Starts a system. Every world starts its own, so that nothing of one attempt is left for another. */
export type SystemUnderTest = (world: {
  readonly clock: Clock;
  /** Name of the system in the policy. */
  readonly name: string;
  /** Left out: no broker gives access tokens here, so that a service has none to take. */
  readonly access?: AccessIssuer;
  /** For systems that trust the broker as an issuer. Left out: no broker is one here. */
  readonly federation?: AccessIssuer;
}) => Promise<RunningSystem>;

/** What stands for the secret of a system that has none, where an adapter's context wants one. */
const NO_SECRET = new SealedCredential("watchword:no-secret");

/** A connection as adapters get it. */
export function connectionOf({ secret = NO_SECRET, ...connection }: SystemConnection): Connection {
  return { ...connection, secret };
}
