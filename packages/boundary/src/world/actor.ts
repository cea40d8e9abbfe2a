import type { Ceiling, Reason, ValueMap } from "@watchword/core";
import type { Tampering } from "../situation.ts";

/** How one exchange or request of the captured agent was answered. Tokens and handles stay with the agent, under names. */
export interface Step {
  readonly ok: boolean;
  /** `null` when it was allowed, and when what came is no answer of broker or gateway. */
  readonly reason: Reason | null;
  readonly decisionId: string | null;
}

/** A start or a delegation; `run` names the run for later calls. */
export interface RunStep extends Step {
  readonly run: string | null;
  /** The broker's id of it. */
  readonly runId: string | null;
}

/** An act; `handle` names what the tool is given. */
export interface ActStep extends Step {
  readonly handle: string | null;
  readonly approvalId: string | null;
}

/** An action with its `txn`, so that a second act can be about the same effect. */
export interface ProposedAction {
  readonly txn: string;
  readonly system: string;
  readonly operation: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly arguments: ValueMap;
}

/** What a start is made of: tokens as the runtime has them, and what it asks for. */
export interface StartCall {
  readonly agent: string;
  readonly workloadToken: string;
  /** Of a user or a starter; `null`: the workload's own. */
  readonly subjectToken: string | null;
  readonly subjectKind: "user" | "ticket";
  readonly thread: string;
  readonly background: boolean;
  readonly tenant?: string;
  readonly ceiling?: Ceiling;
}

/** A request of a tool, below its system. */
export interface ToolCall {
  readonly system: string;
  /** Where the system itself is, for what a tool holds that was given a credential; left out: behind the gateway alone. */
  readonly origin?: string;
  readonly method: string;
  /** Path with its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64. */
  readonly body: string | null;
}

/**
 * The captured agent: everything that somebody with the runtime's memory can do. It makes exchanges with the run's real
 * keys and sends requests; whatever else a situation needs is the {@link Stage}'s. Calls and answers are JSON.
 */
export interface Actor {
  start(call: StartCall): Promise<RunStep>;
  delegate(call: {
    readonly parent: string;
    readonly agent: string;
    readonly ceiling?: Ceiling;
    readonly lifetimeSeconds?: number;
  }): Promise<RunStep>;
  act(call: {
    readonly run: string;
    readonly tool: string;
    readonly action: ProposedAction;
    readonly approvalId?: string;
    /** `replayed`: the assertion that was made last about the same `txn` is shown again. */
    readonly tampering?: Tampering;
    /** A run whose token or key is used where the tampering says so. */
    readonly other?: string;
  }): Promise<ActStep>;
  /**
   * Sends a request to the gateway, or to the service itself with a token that was released, and a proof by the key of `run`;
   * `run: null` sends no proof.
   */
  send(call: {
    readonly handle: string;
    readonly run: string | null;
    readonly request: ToolCall;
  }): Promise<Step>;
  end(call: { readonly run: string }): Promise<void>;
}
