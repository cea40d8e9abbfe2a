import type {
  Adapter,
  Authority,
  Connection,
  GatewayRequest,
  SealedCredential,
  ValueMap,
} from "@watchword/core";

/**
 * How a twin fails. The `…-after-effect` modes act on writes only, after the effect; the others on every request,
 * before anything happens.
 */
export type TwinFailure =
  | "down"
  | "slow"
  | "garbage"
  | "redirect"
  | "429"
  | "500"
  | "500-after-effect"
  | "drop-after-effect";

/** The part of a twin that the suite drives. */
export interface TwinControl {
  readonly requests: readonly { readonly kind: string; readonly path: string }[];
  fail(mode: TwinFailure | null): void;
}

/**
 * What the suite needs of one adapter: the adapter wired to a running twin, and connections of two tenants there. Every
 * test gets a fresh one and disposes of it.
 */
export interface AdapterFixture extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: TwinControl;
  /** Name of the system in actions; the connections carry the same. */
  readonly system: string;
  /** A tenant whose account holds what {@link live} names. */
  readonly own: Connection;
  /** Another tenant. */
  readonly other: Connection;
  /** As `own`, with a secret that the system does not know. */
  readonly unauthenticated: Connection;
  /** As `own`, with a secret that is known and may do nothing. */
  readonly unpermitted: Connection;
  /** Arguments by operation that name objects of `own`; the catalogue's example where an operation is left out. */
  readonly live?: Readonly<Record<string, ValueMap>>;
  /** Arguments by operation that name an object which only `other` owns; for each operation with references. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  /** Arguments by operation that name an object which nobody owns; for each operation with references. */
  readonly missing: Readonly<Record<string, ValueMap>>;
  /** Request headers of a tool that `enforce` may pass on, lower case. */
  readonly passedHeaders: readonly string[];
  /** Resource fields that actions name themselves, of `own` and of `other`; left out where the adapter completes them all. */
  readonly resource?: Readonly<Record<"own" | "other", Readonly<Record<string, string>>>>;
  /** Operations whose look-up asks the system; left out: those with references. */
  readonly lookups?: readonly string[];
  /** For an adapter that mints: what a mint could have given that the system does not know, and that may do nothing. */
  readonly credentials?: Readonly<Record<"unauthenticated" | "unpermitted", SealedCredential>>;
  /** Decided arguments that the minted credential is bound by; requests have no place for them. */
  readonly mintBound?: readonly string[];
  /** For an adapter whose requests name no account: each tenant's secret opens that tenant's alone. */
  readonly accountBySecret?: true;
  /** For an adapter whose credential signs requests: of its text nothing stands on them. */
  readonly signs?: true;
  /** Operations with free text in their path (a file, a branch), where another spelling may be another object. */
  readonly openPaths?: readonly string[];
  /** Takes off a request what `enforce` stamped onto it besides the action. */
  unstamped?(request: GatewayRequest): GatewayRequest;
}

/** A fixture of an adapter whose credentials are used at the system itself. */
export interface ReleasedFixture extends AdapterFixture {
  /** Does what the authority says, with a credential, as a tool does; `true` when the system let it. */
  use(authority: Authority, credential: SealedCredential): Promise<boolean>;
}

/** Starts a {@link ReleasedFixture}. */
export type MakeReleasedFixture = () => ReleasedFixture | Promise<ReleasedFixture>;

/** Starts a fixture. */
export type MakeAdapterFixture = () => AdapterFixture | Promise<AdapterFixture>;
