import {
  AUTHORIZATION_DETAILS_TYPES,
  type BrokerClient,
  type Ceiling,
  type Clock,
  Refusal,
  type Signer,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
  endRunUrl,
  numericDate,
  signProof,
  tokenUrl,
} from "@watchword/core";
import type { RunFrame } from "./run-frame.ts";

/** What a run is started with. */
export interface RunOptions {
  /** On whose behalf; left out: the agent's own. `tokenType` is a URI of RFC 8693 section 3, default an ID token. */
  readonly user?: { readonly token: string; readonly tokenType?: string };
  /** The conversation that this run continues; default: a new one. */
  readonly thread?: string;
  /** At most this, narrower than what the agent could get. */
  readonly ceiling?: Ceiling;
  /** No person watches. */
  readonly background?: boolean;
  /** Can only disagree with the tenant that the broker verifies, never choose it. */
  readonly tenant?: string;
}

/** What starting a run needs of its runtime. */
export interface RunStarter {
  readonly broker: BrokerClient;
  readonly workload: () => Promise<string>;
  readonly agent: string;
  readonly clock: Clock;
}

/**
 * The start exchange: shows the workload's and the user's token, and proves the fresh run key.
 *
 * @throws Refusal with the broker's reason
 */
export async function startRun(
  starter: RunStarter,
  signer: Signer,
  options: RunOptions,
): Promise<{ frame: RunFrame; runToken: string }> {
  const { broker, agent, clock } = starter;
  const workload = await starter.workload();
  const { user, thread, ceiling, tenant } = options;
  const details = {
    type: AUTHORIZATION_DETAILS_TYPES.run,
    agent,
    background: options.background ?? false,
    ...(thread === undefined ? {} : { thread }),
    ...(ceiling === undefined ? {} : { ceiling }),
    ...(tenant === undefined ? {} : { tenant }),
  };
  const answer = await broker.token({
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: user?.token ?? workload,
    subject_token_type:
      user === undefined ? TOKEN_TYPE_URIS.workload : (user.tokenType ?? TOKEN_TYPE_URIS.idToken),
    actor_token: workload,
    actor_token_type: TOKEN_TYPE_URIS.workload,
    requested_token_type: TOKEN_TYPE_URIS.run,
    authorization_details: JSON.stringify([details]),
    dpop: await signProof(signer, { method: "POST", url: tokenUrl(broker.issuer) }, numericDate(clock)),
  });
  if (!answer.ok)
    throw new Refusal(answer.reason, {
      detail: "the run was not started",
      failedFact: "run",
      ...(answer.decision_id === undefined ? {} : { decisionId: answer.decision_id }),
    });
  if (answer.run === undefined) throw new Refusal("internal", { detail: "the broker's answer holds no run" });
  const frame = Object.freeze({
    runId: answer.run.run_id,
    tenant: answer.run.tenant,
    thread: answer.run.thread,
    agent,
  });
  return { frame, runToken: answer.access_token };
}

/** Ends a run by proof of its key. */
export async function endRun(starter: RunStarter, signer: Signer, runToken: string): Promise<void> {
  const proof = await signProof(
    signer,
    { method: "POST", url: endRunUrl(starter.broker.issuer), token: runToken },
    numericDate(starter.clock),
  );
  await starter.broker.endRun(runToken, proof);
}
