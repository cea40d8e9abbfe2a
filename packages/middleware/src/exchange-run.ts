import {
  type BrokerClient,
  type Clock,
  Refusal,
  type Signer,
  type TokenRequest,
  endRunUrl,
  numericDate,
  signProof,
  tokenUrl,
} from "@watchword/core";
import { type ExchangeKind, withTokenExchangeSpan } from "@watchword/telemetry";
import type { RunFrame } from "./run-frame.ts";

/** A run that the broker started, as its runtime holds it. */
export interface HeldRun {
  readonly frame: RunFrame;
  readonly runToken: string;
  /** Seconds until the token ends. */
  readonly expiresIn: number;
}

/** Where a run is asked for, and by which clock. */
export interface RunExchange {
  readonly broker: BrokerClient;
  readonly clock: Clock;
}

/**
 * Start, renewal and delegation: shows tokens, proves the run's own key, and gets a run token.
 *
 * @throws Refusal with the broker's reason
 */
export async function exchangeRun(
  { broker, clock }: RunExchange,
  kind: ExchangeKind,
  signer: Signer,
  request: Omit<TokenRequest, "dpop">,
): Promise<HeldRun> {
  const answer = await withTokenExchangeSpan(
    { exchange: kind, serverAddress: new URL(broker.issuer).hostname },
    async () =>
      broker.token({
        ...request,
        dpop: await signProof(signer, { method: "POST", url: tokenUrl(broker.issuer) }, numericDate(clock)),
      }),
  );
  if (!answer.ok)
    throw new Refusal(answer.reason, {
      detail: `the broker refused this ${kind}`,
      failedFact: "run",
      ...(answer.decision_id === undefined ? {} : { decisionId: answer.decision_id }),
    });
  const { run } = answer;
  if (run === undefined) throw new Refusal("internal", { detail: "the broker's answer holds no run" });
  const frame: RunFrame = Object.freeze({
    runId: run.run_id,
    tenant: run.tenant,
    thread: run.thread,
    agent: run.chain.at(-1) ?? "",
    root: run.root,
    parent: run.parent,
    chain: Object.freeze([...run.chain]),
    principalKind: run.principal_kind,
    principalHash: run.principal_hash,
    background: run.background,
  });
  return { frame, runToken: answer.access_token, expiresIn: answer.expires_in };
}

/** Ends a run by proof of its key. */
export async function endRun(
  { broker, clock }: RunExchange,
  signer: Signer,
  runToken: string,
): Promise<void> {
  const proof = await signProof(
    signer,
    { method: "POST", url: endRunUrl(broker.issuer), token: runToken },
    numericDate(clock),
  );
  await broker.endRun(runToken, proof);
}
