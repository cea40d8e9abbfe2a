import { AgentReference, type BrokerClient, type Clock, generateSigner, systemClock } from "@watchword/core";
import { withPrincipal } from "@watchword/telemetry";
import { httpBroker } from "./http-broker.ts";
import { localPolicies } from "./local-policy.ts";
import type { PendingAction } from "./pending-action.ts";
import { type Schedule, startHeartbeat, systemSchedule } from "./heartbeat.ts";
import type { RunFrame } from "./run-frame.ts";
import { runInside } from "./run-inside.ts";
import type { RunErrorListener, RunSession, ToolErrorListener } from "./run-session.ts";
import { spanPrincipal } from "./span-principal.ts";
import { type RunOptions, renewRun, startRun } from "./start-run.ts";

/** Options of {@link createRuntime}. */
export interface RuntimeOptions {
  /** A client, or the issuer URL under which the broker answers. */
  readonly broker: BrokerClient | string;
  /** Gives a fresh workload token; asked at every start. */
  readonly workload: () => Promise<string>;
  /** `support@3` */
  readonly agent: string;
  readonly clock?: Clock;
  /** The way to the gateway; default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Gets the original of an error that the model sees as a denial. */
  readonly onToolError?: ToolErrorListener;
  /** Is told when a run could not be ended at the broker; its token then ends by itself. */
  readonly onEndFailure?: RunErrorListener;
  /** Is told when a run could not be renewed; it is tried again while that can help and the token lives. */
  readonly onRenewFailure?: RunErrorListener;
  /** How the heartbeat waits; default: the platform's timer. */
  readonly schedule?: Schedule;
  /**
   * Whether what the policy surely denies is denied here, without asking, where the broker offers a projection of it. It can only
   * deny; what was denied is reported to the broker. Default `on`.
   */
  readonly localDenials?: "on" | "off";
  /** Is told when there is no projection although the broker offers one, or denials could not be reported. Tools do not notice. */
  readonly onLocalFailure?: RunErrorListener;
  /** Recorded with every action; never a reason to refuse. */
  readonly policyVersion?: string;
}

/** Runs one agent. */
export interface Runtime {
  /**
   * Starts a run, runs `fn` in it, keeps its token fresh meanwhile, and ends it with all its subagents. Guarded tools work inside only.
   *
   * @throws Refusal when the broker does not start the run; `fn` was not called then.
   */
  run<Result>(options: RunOptions, fn: (frame: RunFrame) => Promise<Result> | Result): Promise<Result>;
  /** Continues a conversation in a new run with a new key: everything is verified anew. */
  resume<Result>(
    thread: string,
    options: Omit<RunOptions, "thread">,
    fn: (frame: RunFrame) => Promise<Result> | Result,
  ): Promise<Result>;
  /** An action that this runtime saw waiting for an approval; the newest 1,000 are kept, in memory only. */
  pending(approvalId: string): PendingAction | undefined;
}

const MAX_PENDING = 1_000;

/**
 * Makes the runtime of one agent. The run key is made here, cannot be exported, and is in no frame.
 *
 * @throws TypeError when `agent` is not `name@version`.
 *
 * @example
 * ```ts
 * const runtime = createRuntime({ broker, workload: () => source.token(), agent: "support@3" });
 * await runtime.run({ user: { token } }, () => refund.execute({ charge: "ch_1" }));
 * ```
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  if (!AgentReference.safeParse(options.agent).success)
    throw new TypeError("runtime: agent must be name@version");
  const { workload, agent, policyVersion } = options;
  const broker = typeof options.broker === "string" ? httpBroker({ issuer: options.broker }) : options.broker;
  const clock = options.clock ?? systemClock;
  const starter = { broker, workload, agent, clock };
  const schedule = options.schedule ?? systemSchedule;
  const waiting = new Map<string, PendingAction>();
  const locally =
    broker.projections === undefined || options.localDenials === "off"
      ? undefined
      : localPolicies(broker.projections, quietly(options.onLocalFailure));

  async function run<Result>(
    runOptions: RunOptions,
    fn: (frame: RunFrame) => Promise<Result> | Result,
  ): Promise<Result> {
    const signer = await generateSigner();
    let held = await startRun(starter, signer, runOptions);
    const { frame } = held;
    const way = { frame, broker, clock, signer, runToken: () => held.runToken };
    const local = locally?.(way);
    void local?.begin();
    const stop = startHeartbeat({
      expiresIn: held.expiresIn,
      schedule,
      renew: async () => {
        held = await withPrincipal(spanPrincipal(frame), () => renewRun(starter, signer, held.runToken));
        void local?.beat();
        return held.expiresIn;
      },
      onFailure: (error) => quietly(options.onRenewFailure)(error, frame),
    });
    const session: RunSession = {
      ...way,
      schedule,
      local,
      policyVersion,
      fetch: options.fetch ?? globalThis.fetch,
      onToolError: quietly(options.onToolError),
      onEndFailure: quietly(options.onEndFailure),
      remember: (pending) => remember(waiting, pending),
    };
    return runInside(session, async () => {
      try {
        return await fn(frame);
      } finally {
        // Before the run is ended: a renewal of what ends would only be refused.
        stop();
      }
    });
  }

  return Object.freeze<Runtime>({
    run,
    resume: (thread, runOptions, fn) => run({ ...runOptions, thread }, fn),
    pending: (approvalId) => waiting.get(approvalId),
  });
}

function remember(waiting: Map<string, PendingAction>, pending: PendingAction): void {
  const [oldest] = waiting.keys();
  if (waiting.size >= MAX_PENDING && oldest !== undefined) waiting.delete(oldest);
  waiting.set(pending.approval_id, pending);
}

/** A listener whose own failure changes nothing. */
function quietly<Rest>(
  listener: ((error: unknown, rest: Rest) => void) | undefined,
): (error: unknown, rest: Rest) => void {
  return (error, rest) => {
    try {
      const told: unknown = listener?.(error, rest);
      // An asynchronous listener fails later; unhandled, that would end the process.
      if (told instanceof Promise) told.catch(() => undefined);
    } catch {
      // It was only told; what it was told about is already decided.
    }
  };
}
