import {
  ASSERTION_SECONDS,
  AgentReference,
  CLAIMS,
  type Ceiling,
  Refusal,
  type Signer,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  agentUri,
  generateSigner,
  numericDate,
  randomToken,
  runUri,
  sha256,
  signToken,
  thumbprint,
} from "@watchword/core";
import { exchangeRun } from "./exchange-run.ts";
import { type RunFrame, currentRun } from "./run-frame.ts";
import { runInside } from "./run-inside.ts";
import { type RunSession, sessionOf } from "./run-session.ts";

/** What a subagent is started with. */
export interface DelegateOptions {
  /** `refund-lookup@1` */
  readonly agent: string;
  /** What the subagent may ask for at most; left out: all that the policy's rule and this run leave it. */
  readonly ceiling?: Ceiling;
  /** Seconds that it lasts at most; the policy's rule and this run's own end bound it further. */
  readonly lifetimeSeconds?: number;
}

/**
 * Runs `fn` as a subagent of the current run: a run of its own, with a key of its own, for the same tenant and user, that
 * may do strictly less and ends with its parent. Guarded tools inside `fn` act as the subagent.
 *
 * @throws Refusal `no_run` outside of a run, `run_ended` after it, or the broker's reason; `fn` was not called then
 * @throws TypeError when `agent` is not `name@version`
 *
 * @example
 * ```ts
 * await runtime.run({ user: { token } }, () => delegate({ agent: "refund-lookup@1" }, () => lookup.execute({ charge })));
 * ```
 */
export async function delegate<Result>(
  options: DelegateOptions,
  fn: (frame: RunFrame) => Promise<Result> | Result,
): Promise<Result> {
  if (!AgentReference.safeParse(options.agent).success)
    throw new TypeError("delegate: agent must be name@version");
  const parent = currentSession();
  const signer = await generateSigner();
  const { frame, runToken } = await exchangeRun(parent, "delegate", signer, {
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: parent.runToken(),
    subject_token_type: TOKEN_TYPE_URIS.run,
    actor_token: await signDelegation(parent, signer, options),
    actor_token_type: TOKEN_TYPE_URIS.delegation,
    requested_token_type: TOKEN_TYPE_URIS.run,
  });
  // Its parent may have ended while the broker answered; then there is nobody left to end the child.
  if (sessionOf(parent.frame) === undefined)
    throw new Refusal("run_ended", { detail: "the run has ended", failedFact: "run" });
  const child = { ...parent, frame, signer, runToken: () => runToken };
  return runInside({ ...child, local: startLocally(parent.local?.ofChild(child)) }, fn);
}

/** A subagent's projection is its own; it is fetched while the subagent begins. */
function startLocally(local: RunSession["local"]): RunSession["local"] {
  void local?.begin();
  return local;
}

function currentSession(): RunSession {
  const frame = currentRun();
  if (frame === undefined) throw new Refusal("no_run", { detail: "delegate is called inside of a run" });
  const session = sessionOf(frame);
  if (session === undefined)
    throw new Refusal("run_ended", { detail: "the run has ended", failedFact: "run" });
  return session;
}

/** Signs "this run lets that key act for less of it" with the run's own key. */
async function signDelegation(
  parent: RunSession,
  child: Signer,
  { agent, ceiling, lifetimeSeconds }: DelegateOptions,
): Promise<string> {
  const now = numericDate(parent.clock);
  return signToken(parent.signer, TOKEN_TYPES.delegation, {
    iss: runUri(parent.frame.runId),
    sub: agentUri(parent.frame.agent),
    aud: parent.broker.issuer,
    iat: now,
    exp: now + ASSERTION_SECONDS,
    jti: randomToken(16),
    txn: randomToken(16),
    ath: sha256(parent.runToken()),
    child: { agent, ...(lifetimeSeconds === undefined ? {} : { lifetime_seconds: lifetimeSeconds }) },
    cnf: { jkt: await thumbprint(child.publicJwk) },
    ...(ceiling === undefined ? {} : { [CLAIMS.ceiling]: ceiling }),
  });
}
