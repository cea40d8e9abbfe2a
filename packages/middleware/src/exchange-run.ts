import {
  type BrokerClient,
  type Clock,
  Refusal,
  type Signer,
  type TokenFailure,
  type TokenRequest,
  type TokenSuccess,
  endRunUrl,
  numericDate,
  signProof,
  tokenUrl,
} from "@watchword/core";
import { type ExchangeKind, type SpanRecorder, withTokenExchangeSpan } from "@watchword/telemetry";
import type { RunFrame } from "./run-frame.ts";
import { spanPrincipal } from "./span-principal.ts";

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
  return withTokenExchangeSpan(
    { exchange: kind, serverAddress: new URL(broker.issuer).hostname },
    async (span) => {
      const answer = await broker.token({
        ...request,
        dpop: (nonce) =>
          signProof(
            signer,
            {
              method: "POST",
              url: tokenUrl(broker.issuer),
              ...(nonce === undefined ? {} : { nonce }),
            },
            numericDate(clock),
          ),
      });
      if (!answer.ok) throw refused(answer, kind, span);
      const held = heldRun(answer);
      // Who renews or delegates is known before it asks; who starts, only now.
      if (kind === "start") span.identified(spanPrincipal(held.frame));
      return held;
    },
  );
}

function refused(
  { reason, decision_id: decisionId }: TokenFailure,
  kind: ExchangeKind,
  span: SpanRecorder,
): Refusal {
  const decision = decisionId === undefined ? {} : { decisionId };
  span.decided({ outcome: "deny", reason, ...decision });
  return new Refusal(reason, { detail: `the broker refused this ${kind}`, failedFact: "run", ...decision });
}

function heldRun({ run, access_token: runToken, expires_in: expiresIn }: TokenSuccess): HeldRun {
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
  return { frame, runToken, expiresIn };
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
