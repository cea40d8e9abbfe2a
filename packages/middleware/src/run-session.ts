import type { BrokerClient, Clock, Signer } from "@watchword/core";
import type { Schedule } from "./heartbeat.ts";
import type { LocalPolicy } from "./local-policy.ts";
import type { PendingAction } from "./pending-action.ts";
import type { RunFrame } from "./run-frame.ts";

/** Where an error happened that the model gets to know only as a denial. */
export interface ToolErrorContext {
  readonly tool: string;
  readonly callId: string;
  readonly runId: string;
  readonly decisionId: string | undefined;
}

/** Is told the original error. For the operator's log; what the tool said stays out of the model's sight. */
export type ToolErrorListener = (error: unknown, context: ToolErrorContext) => void;

/** Is told when a run could not be ended or renewed at the broker; its token then ends by itself. */
export type RunErrorListener = (error: unknown, frame: RunFrame) => void;

/** What a run holds and its frame does not: the key, the run token, the ways out. */
export interface RunSession {
  readonly frame: RunFrame;
  readonly broker: BrokerClient;
  /** The token in force; a renewal replaces it. */
  readonly runToken: () => string;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly fetch: typeof globalThis.fetch;
  readonly policyVersion: string | undefined;
  /** What the run denies without asking; `undefined`: nothing. */
  readonly local: LocalPolicy | undefined;
  readonly onToolError: ToolErrorListener;
  readonly onEndFailure: RunErrorListener;
  /** Remembers an action that waits for a person. */
  readonly remember: (pending: PendingAction) => void;
}

// Keyed by the very frame object: a copied or forged frame opens nothing.
const sessions = new WeakMap<RunFrame, RunSession>();

/** The session of a run under way; `undefined` once it has ended. */
export function sessionOf(frame: RunFrame): RunSession | undefined {
  return sessions.get(frame);
}

/** Opens a session under its frame. */
export function openSession(session: RunSession): void {
  sessions.set(session.frame, session);
}

/** Forgets key and run token; what still holds the frame gets nothing more. */
export function closeSession(frame: RunFrame): void {
  sessions.delete(frame);
}
