import {
  PROJECTION_BYTES,
  type PolicyProjections,
  ProjectionClaims,
  Refusal,
  TOKEN_TYPES,
  type VerificationKey,
  agentUri,
  checkTimes,
  numericDate,
  parseClaims,
  projectionUrl,
  publicJwkOf,
  signProof,
  splitAgentReference,
  verificationKey,
  verifySignedToken,
} from "@watchword/core";
import { type Projection, readProjection } from "@watchword/policy";
import type { RunSession } from "./run-session.ts";

/** The run by which a projection is asked for. */
export type AskingRun = Pick<RunSession, "frame" | "broker" | "clock" | "signer" | "runToken">;

interface Held {
  readonly etag: string;
  readonly projection: Projection;
  /** NumericDate after which it denies nothing. */
  readonly expiresAt: number;
  /** NumericDate at which a newer one is asked for. */
  readonly staleAt: number;
}

/** Seconds that a projection may live at most, whoever signed it. */
const MAX_LIFE_SECONDS = 900;

/** Seconds before the broker is asked again, when it had none or did not answer. */
const PAUSE_SECONDS = 60;

const MAX_AGENTS = 64;

/**
 * Keeps the verified projections of a runtime's agents, one for each: a run's is never another agent's.
 *
 * INVARIANT: what is not signed by the broker for this very agent, is over, or is of a shape that nobody knows here denies nothing;
 * then the broker decides alone. Nothing that goes wrong here reaches a tool.
 */
export class ProjectionKeeper {
  readonly #source: PolicyProjections;
  readonly #held = new Map<string, Held>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #answered = new Set<string>();
  /** NumericDate of the next question about an agent of which there is none. */
  readonly #next = new Map<string, number>();
  #keys: ReadonlyMap<string, VerificationKey> = new Map();

  constructor(source: PolicyProjections) {
    this.#source = source;
  }

  /** What denies now. Waits for the first answer about an agent only; a newer one is fetched beside the calls. */
  async current(run: AskingRun, onFailure: (error: unknown) => void): Promise<Projection | undefined> {
    const { agent } = run.frame;
    const asked = this.begin(run, onFailure);
    if (!this.#answered.has(agent)) await asked;
    const held = this.#held.get(agent);
    return held !== undefined && numericDate(run.clock) < held.expiresAt ? held.projection : undefined;
  }

  /** Asks when there is no projection yet, or it is getting old. Never rejects. */
  begin(run: AskingRun, onFailure: (error: unknown) => void): Promise<void> {
    const { agent } = run.frame;
    const at = this.#held.get(agent)?.staleAt ?? this.#next.get(agent) ?? 0;
    const asking = this.#asking.get(agent);
    if (asking !== undefined || numericDate(run.clock) < at) return asking ?? Promise.resolve();
    return this.refresh(run, onFailure);
  }

  /** Asks whether there is a newer one; one question at a time. Never rejects. */
  refresh(run: AskingRun, onFailure: (error: unknown) => void): Promise<void> {
    const { agent } = run.frame;
    const asking = this.#asking.get(agent);
    if (asking !== undefined) return asking;
    const asked = this.#ask(run)
      .catch(onFailure)
      .finally(() => {
        this.#answered.add(agent);
        this.#asking.delete(agent);
      });
    this.#asking.set(agent, asked);
    return asked;
  }

  /** Resolves when nothing is being asked about this agent. */
  async settled(agent: string): Promise<void> {
    await this.#asking.get(agent);
  }

  /** The broker decided by another policy than the projection is of: until there is a newer one it decides alone. */
  saw(agent: string, policyVersion: string): void {
    if (this.#held.get(agent)?.projection.policyVersion === policyVersion) return;
    if (this.#held.delete(agent)) this.#next.set(agent, 0);
  }

  async #ask(run: AskingRun): Promise<void> {
    const { frame, broker, clock, signer } = run;
    const { agent } = frame;
    if (this.#next.size >= MAX_AGENTS && !this.#next.has(agent)) this.#forgetAll();
    this.#next.set(agent, numericDate(clock) + PAUSE_SECONDS);
    // One token for both: a renewal in between must not part the proof from its token.
    const runToken = run.runToken();
    const held = this.#held.get(agent);
    const answer = await this.#source.current({
      runToken,
      ...(held === undefined ? {} : { etag: held.etag }),
      dpop: (nonce) =>
        signProof(
          signer,
          {
            method: "GET",
            url: projectionUrl(broker.issuer),
            token: runToken,
            ...(nonce === undefined ? {} : { nonce }),
          },
          numericDate(clock),
        ),
    });
    const now = numericDate(clock);
    if (answer === "none") this.#held.delete(agent);
    else if (answer !== "unchanged") this.#held.set(agent, await this.#read(answer, run, now));
    else if (held !== undefined) this.#held.set(agent, { ...held, staleAt: staleAt(now, held.expiresAt) });
  }

  async #read(
    { etag, token }: { readonly etag: string; readonly token: string },
    { frame, broker }: AskingRun,
    now: number,
  ): Promise<Held> {
    const claims = parseClaims(
      ProjectionClaims,
      await verifySignedToken(token, {
        typ: TOKEN_TYPES.projection,
        maxBytes: PROJECTION_BYTES,
        key: ({ header }) => this.#key(header.kid),
      }),
    );
    if (claims.iss !== broker.issuer) throw untrusted("the projection is of another broker");
    if (claims.aud !== agentUri(frame.agent))
      throw new Refusal("token_wrong_audience", {
        detail: "the projection is for another agent",
        failedFact: "token",
      });
    checkTimes(claims, now, MAX_LIFE_SECONDS);
    const projection = readProjection(claims.projection);
    if (
      projection === undefined ||
      projection.policyVersion !== claims.policy_version ||
      !projection.agents.has(splitAgentReference(frame.agent).id)
    )
      throw new Refusal("token_malformed", {
        detail: "the projection is of a shape that is not known here",
        failedFact: "token",
      });
    return { etag, projection, expiresAt: claims.exp, staleAt: staleAt(now, claims.exp) };
  }

  /** A key by the id that the token names, among those that the broker publishes; looked for once more when it is new. */
  async #key(id: string | undefined): Promise<VerificationKey | undefined> {
    if (id === undefined) return undefined;
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const published = await this.#source.keys();
    this.#keys = new Map(
      await Promise.all(
        published.map(
          async ({ kid, ...jwk }) => [kid, await verificationKey(kid, publicJwkOf(jwk))] as const,
        ),
      ),
    );
    return this.#keys.get(id);
  }

  #forgetAll(): void {
    this.#held.clear();
    this.#next.clear();
    this.#answered.clear();
  }
}

/** In the middle of what is left. */
function staleAt(now: number, expiresAt: number): number {
  return now + Math.floor((expiresAt - now) / 2);
}

function untrusted(detail: string): Refusal {
  return new Refusal("token_untrusted", { detail, failedFact: "token" });
}
