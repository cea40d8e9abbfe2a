import type { Action } from "./action.ts";
import type { Authority, SeenAction } from "./authority.ts";
import type { Clock } from "./clock.ts";
import type { Facts } from "./decision.ts";
import type { EvidenceQuery, EvidenceReading } from "./evidence.ts";
import type { GatewayRequest, OutboundRequest } from "./gateway-request.ts";
import type { Catalogue } from "./operation.ts";
import type { Quota, QuotaPool } from "./quota.ts";
import type { SealedCredential } from "./sealed-credential.ts";
import type { ValueMap } from "./value.ts";

/** A tenant's account at a system with its root secret, as the store holds it. Handed in per call, never kept. */
export interface Connection {
  readonly tenant: string;
  readonly system: string;
  /** The downstream account: `acct_…`, an organization, an instance host. */
  readonly account: string;
  /** Adapter-specific settings without secrets. */
  readonly settings: ValueMap;
  readonly secret: SealedCredential;
}

/** What every asynchronous adapter call gets. Nothing here is global, so emulators and proxies come for free. */
export interface AdapterContext {
  readonly connection: Connection;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /**
   * A token of the broker's federation issuer for one audience, at most 60 s: for systems that trust the broker as an OIDC
   * issuer. Absent where none is configured. It goes to that audience and nowhere else. `aws-session`: tenant, system, agent and
   * decision stand in it a second time, under the names that AWS reads as tags and source identity of a session. `scp`: it is
   * itself what the system accepts, for these scopes alone.
   */
  readonly federationToken?: (audience: string, form?: FederationForm) => Promise<SealedCredential>;
  /**
   * For a look-up: where an object of this system comes from, when a request of the same run left it behind. `undefined` for what
   * another run or another tenant got, and for what nobody did. Absent outside of a look-up.
   */
  readonly originOf?: (object: string) => Promise<ObjectOrigin | undefined>;
  /** For a revocation: what the requests under the lease did, as it was recorded. Absent outside of one. */
  readonly outcomes?: () => Promise<readonly DownstreamOutcome[]>;
  /**
   * The mint under way: its decision, for the system's own records, and when its lease ends at the latest (NumericDate), which
   * nothing that is minted needs to outlive. Absent outside of a mint.
   */
  readonly minting?: { readonly decisionId: string; readonly leaseEndsAt: number };
  /**
   * For a root secret that is `rotating`: hands the current one to `use`, and makes what takes its place the connection's, durably,
   * before the result is given back. One use at a time in a process, so `connection.secret` may be an older one by then. Uses of
   * one `shared` name that are wanted meanwhile are one use, whose result all of them get: for what never leaves the broker, such as
   * a look-up's token. Absent for every other adapter.
   *
   * @throws Refusal what `use` throws, with nothing stored; `downstream_unavailable` when its turn did not come in time,
   * `ledger_unavailable` when what it gave could not be stored
   */
  readonly rotateSecret?: <Result>(
    use: (current: SealedCredential) => Promise<Rotated<Result>>,
    options?: { readonly shared?: string },
  ) => Promise<Result>;
  /**
   * The broker's own access token (RFC 9068) for the action whose mint is under way, for {@link Adapter.audience} and for so many
   * seconds at most. What it says is the broker's to write. Absent outside of a mint, and for an adapter without an audience.
   */
  readonly accessToken?: (lifeSeconds: number) => Promise<SealedCredential>;
}

/** What a federation token says besides whom it speaks for. */
export type FederationForm = "aws-session" | { readonly scp: readonly string[] };

/** The decision that an object of a system comes from, and what it was for. */
export interface ObjectOrigin {
  readonly decisionId: string;
  readonly operation: string;
}

/** What one use of a rotating secret gave. */
export interface Rotated<Result> {
  /** What takes the secret's place; `undefined`: it stays as it is. */
  readonly next: SealedCredential | undefined;
  readonly result: Result;
}

/** Facts about one adapter that policy loading, leases and documentation rely on. */
export interface AdapterCapabilities {
  /**
   * `gateway`: the credential never leaves. `released`: it may be handed out to a tool where a grant says so and accepts
   * every axis that only the gateway would enforce.
   */
  readonly custody: "gateway" | "released";
  /** Seconds that a minted credential natively lives; `null`: it does not end by itself (a static key). */
  readonly nativeLifeSeconds: number | null;
  /** How a credential ends early: itself, together with others, by deleting an object it is bound to, or not at all. */
  readonly revoke: "token" | "shared-token" | "object" | "none";
  /** Condition axes that the downstream system enforces by the credential. */
  readonly enforcedBySystem: readonly string[];
  /** Condition axes that only the gateway enforces. */
  readonly enforcedByGateway: readonly string[];
  /**
   * `shared`: tenants may have one account, because the adapter tells their objects apart within it. Left out: an account is
   * one tenant's.
   */
  readonly accounts?: "shared";
  /**
   * What the system lets one account ask of it, as far as it says so. All of them hold, and while the system itself says "too
   * much", nothing is asked of it; an empty list is that alone. Left out by a system that is asked nothing.
   */
  readonly quotas?: readonly Quota[];
  /**
   * `none`: a connection is an account alone. `rotating`: each use of the secret makes another one, see
   * {@link AdapterContext.rotateSecret}. Left out: a connection has a root secret, which stays until somebody changes it.
   */
  readonly rootSecret?: "none" | "rotating";
  /**
   * `text`: what is released is no Bearer token, so no `fetch` puts it on a request; a tool takes the text itself. Left out: it is
   * one, for the adapter's origins.
   */
  readonly releasedAs?: "text";
  /**
   * `none`: the system is not spoken to by HTTP requests, so a gateway could read and write none of them; its credentials are of
   * use where a grant releases them, and nowhere else. Left out: requests pass the gateway unless a grant releases.
   */
  readonly requests?: "none";
}

/** What a mint gave. */
export interface Minted {
  readonly credential: SealedCredential;
  /** `restricted-key`, `installation-token`, … */
  readonly kind: string;
  /** What the system says it granted; compared with the authority before anything else happens. */
  readonly granted: Authority;
  /** NumericDate at which the system itself ends it; `null` when it does not. */
  readonly nativeExpiresAt: number | null;
}

/**
 * How ending a credential went, told honestly. `injected_only`: it was never handed out, so its use ended with the
 * lease. `unsupported`: it was handed out and the system cannot end it before its native expiry.
 */
export type RevocationOutcome = "revoked" | "already_dead" | "injected_only" | "unsupported" | "unknown";

/** What a response says about the effect. `unknown` after a request that may have arrived is never retried. */
export interface DownstreamOutcome {
  readonly effect: "done" | "none" | "unknown";
  /** Ids of downstream objects: `{ refund: "re_…" }`. */
  readonly ids: Readonly<Record<string, string>>;
  readonly status: number;
  /** Seconds for which the system wants to be left alone; the gateway reads it, no adapter has to. */
  readonly retryAfterSeconds?: number | undefined;
  /** Of an answer that was passed on as it came, and not to its end. */
  readonly cut?: StreamCut | undefined;
}

/**
 * Why an answer under way was cut: its lease was over, it quoted the credential, it was too large or too slow, the system broke it off,
 * or the tool left.
 */
export type StreamCut = "lease_over" | "quoted" | "bounds" | "broken" | "left";

/** What a credential could still do beyond its action, and for how long. */
export interface Residual {
  /** One line for people: what else the credential reaches. `none` when nothing. */
  readonly summary: string;
  /** Axes on which it is wider than the action. */
  readonly axes: readonly string[];
  /** Who holds it meanwhile: while only the gateway does, the residual is not reachable by a tool. */
  readonly heldBy: "gateway" | "tool";
}

/** What a self-check of a connection found. */
export interface Finding {
  readonly severity: "ok" | "warning" | "error";
  readonly text: string;
}

/**
 * How a person lets the broker act for an account, at a system whose root secret is an OAuth refresh token: authorization code with
 * PKCE (RFC 6749 section 4.1, RFC 7636). Everything is configuration; no address comes from an answer.
 */
export interface AdapterConsent {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** The authorization server's issuer (RFC 9207): answers must name it. Left out for one that names itself in none. */
  readonly issuer?: string;
  readonly clientId: string;
  /** Left out for a public client. */
  readonly clientSecret?: SealedCredential;
  /** `post`: the secret goes into the token request's body (RFC 6749 section 2.3.1), for a system that reads no header. */
  readonly clientAuthentication?: "post";
  /** Exactly these must be given. */
  readonly scopes: readonly string[];
  /** What the authorization request needs besides, such as an audience. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Asks the system for the account that a fresh access token works on, as a connection's `account` names it. */
  accountOf(
    accessToken: SealedCredential,
    context: Pick<AdapterContext, "fetch" | "clock" | "signal">,
  ): Promise<string>;
}

/** A response as an adapter sees it; bodies are bounded by the gateway before. */
export interface InboundResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Knows one downstream system. The synchronous part is pure and follows from the catalogue; the asynchronous part talks
 * to the system with what the context brings. An adapter has no state and no cache. Executable form:
 * `describeAdapter()` in `@watchword/conformance`.
 */
export interface Adapter {
  /** `stripe`, as under `adapter:` in the policy. */
  readonly name: string;
  readonly catalogue: Catalogue;
  readonly capabilities: AdapterCapabilities;
  /** Origins that tools may address with `credential.fetch`; requests to any other are refused. */
  readonly origins: readonly string[];
  /**
   * Authorities of the system's certificates by origin, in PEM, where it has its own. Whoever connects to that origin trusts these
   * and no others. Left out: those of the platform.
   */
  readonly certificateAuthorities?: Readonly<Record<string, string>>;
  /** For systems where each account has a host of its own: the origins of one authority, in place of `origins`. Pure. */
  originsOf?(authority: Authority): readonly string[];
  /**
   * Accounts that a connection's settings open besides its own. INVARIANT: none of them is another tenant's, as its own is not.
   * Left out: there are none. Pure.
   */
  alsoAccounts?(settings: ValueMap): readonly string[];
  /** Where the system counts apart within one account; left out: nowhere. Pure. */
  readonly quotaPool?: QuotaPool;
  /** The one audience of the broker's own access tokens that this adapter may mint; left out by every system that mints itself. */
  readonly audience?: string;

  /** Whether a root secret opens a real account. Unknown shapes are real. */
  isLiveSecret(secret: SealedCredential): boolean;

  /**
   * Reads downstream what a decision about this action needs, with the broker-held credential, read-only, ≤ 1 s.
   * An object that is not there is a fact (`unknown` owner), not an error.
   *
   * @throws Refusal `downstream_unavailable`, `downstream_refused`
   */
  resolve(action: Action, context: AdapterContext): Promise<Facts>;

  /**
   * Reads how a declared source of test results stands for one commit; left out by systems that keep none. Nothing that
   * the agent can write may count: a result of another source is `missing`, however it is named.
   *
   * @throws Refusal `downstream_unavailable`, `downstream_refused`; both are red
   */
  readEvidence?(query: EvidenceQuery, context: AdapterContext): Promise<EvidenceReading>;

  /**
   * Completes what the action leaves open from account and facts: resource fields, currency, remaining amount.
   *
   * @throws Refusal `condition_failed`, `request_malformed` when facts and action contradict each other.
   */
  complete(action: Action, facts: Facts, account: string): Pick<Action, "resource" | "arguments">;

  /** The least authority for a completed action. */
  plan(action: Pick<Action, "system" | "operation" | "resource" | "arguments">): Authority;

  /** Whether `inner` is within `outer`; used on what a mint granted. */
  covers(outer: Authority, inner: Authority): boolean;

  /** @throws Refusal `downstream_unavailable`, `downstream_refused`; a definite non-mint says so by `downstream_refused`. */
  mint(authority: Authority, context: AdapterContext): Promise<Minted>;

  revoke(credential: SealedCredential, context: AdapterContext): Promise<RevocationOutcome>;

  /** Reads the action back from a request. @throws Refusal `request_mismatch` for anything it does not know. */
  actionOf(request: GatewayRequest): SeenAction;

  /** Builds what is sent, from decided values; the credential goes in last. */
  enforce(authority: Authority, request: GatewayRequest, stamp: Stamp): OutboundRequest;

  /** Puts the credential on a request that `enforce` built. */
  inject(request: OutboundRequest, credential: SealedCredential): OutboundRequest;

  /**
   * Whether successful answers under this authority are passed on as they come, for what is large or takes long: `outcomeOf` then
   * gets their status and headers, and no body. Left out: every answer is read whole first. Pure.
   */
  streams?(authority: Authority): boolean;

  /** What a response means for the effect. `undefined`: no response arrived. */
  outcomeOf(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome;

  residual(authority: Authority): Residual;

  /** Checks a connection against the real account: reachable, right account, not wider than needed. An error keeps it out. */
  selfCheck(context: AdapterContext): Promise<readonly Finding[]>;

  /** Left out by systems whose secret an operator just enters. */
  readonly consent?: AdapterConsent;
}

/** What the gateway writes onto a request besides the action. */
export interface Stamp {
  readonly decisionId: string;
  /** H(tenant, thread, effect key): the same effect carries the same key, whatever decision it came from. */
  readonly idempotencyKey: string;
}
