import {
  type ApprovalQuestion,
  type ApprovalStatus,
  type ApprovalWaiting,
  Refusal,
  approvalUrl,
  isRetryable,
  numericDate,
  signProof,
} from "@watchword/core";
import type { Schedule } from "./heartbeat.ts";
import type { PendingAction } from "./pending-action.ts";
import { currentRun } from "./run-frame.ts";
import { type RunSession, sessionOf } from "./run-session.ts";

/** What became of an approval. `granted`: the same action can be sent again with it. */
export type ApprovalOutcome = "granted" | "denied" | "expired" | "withdrawn";

/** Options of {@link waitForApproval}. */
export interface WaitOptions {
  /** Stops waiting; the approval itself goes on. */
  readonly signal?: AbortSignal;
  /** How it waits between two questions; default: the platform's timer, which keeps the process alive. */
  readonly schedule?: Schedule;
}

const DEFAULT_SECONDS = 5;
const MAX_SECONDS = 60;

const timer: Schedule = (fn, milliseconds) => {
  const set = setTimeout(fn, milliseconds);
  return () => clearTimeout(set);
};

/**
 * Waits until a person has decided, inside of the run that asked or of a later one of its thread. News comes as an event;
 * where events do not get through, the state is asked for at the broker's interval. It decides nothing: send the action
 * again with `pending`, and the broker looks at everything anew.
 *
 * @throws Refusal `no_run` outside of a run, `run_ended` after it, or the broker's reason when asking again cannot help
 * @throws the signal's reason when it is aborted
 *
 * @example
 * ```ts
 * if ((await waitForApproval(pending, { signal })) === "granted") await refund.execute(args, { pending });
 * ```
 */
export async function waitForApproval(
  pending: PendingAction,
  { signal = new AbortController().signal, schedule = timer }: WaitOptions = {},
): Promise<ApprovalOutcome> {
  const frame = session().frame;
  let seconds = pending.interval ?? DEFAULT_SECONDS;
  for (;;) {
    signal.throwIfAborted();
    // The token in force now: a renewal may have replaced the last one.
    const { approvals, question } = asking(session(frame), pending);
    const told =
      (await fromEvents(approvals, question("events"), signal)) ??
      (await fromState(approvals, question("state"), signal));
    const outcome = outcomeOf(told);
    if (outcome !== undefined) return outcome;
    seconds = told?.interval ?? seconds;
    await pause(Math.min(Math.max(seconds, 1), MAX_SECONDS), signal, schedule);
  }
}

/**
 * Takes the question back: what it was about cannot happen by this approval any more. `false`: it was too late.
 *
 * @throws Refusal `no_run`, `run_ended`, or the broker's reason
 */
export async function withdrawApproval(pending: PendingAction): Promise<boolean> {
  const { approvals, question } = asking(session(), pending);
  return approvals.withdraw(question("withdrawal"));
}

function session(frame = currentRun()): RunSession {
  if (frame === undefined)
    throw new Refusal("no_run", { detail: "approvals are waited for inside of a run" });
  const found = sessionOf(frame);
  if (found === undefined) throw new Refusal("run_ended", { detail: "the run has ended", failedFact: "run" });
  return found;
}

function asking(
  { broker, runToken, signer, clock }: RunSession,
  { approval_id: approvalId }: PendingAction,
): {
  readonly approvals: ApprovalWaiting;
  readonly question: (about: "state" | "events" | "withdrawal") => ApprovalQuestion;
} {
  if (broker.approvals === undefined)
    throw new TypeError("waitForApproval: this broker client knows no approvals");
  const token = runToken();
  return {
    approvals: broker.approvals,
    question: (about) => ({
      approvalId,
      runToken: token,
      dpop: (nonce) =>
        signProof(
          signer,
          {
            method: about === "withdrawal" ? "POST" : "GET",
            url: approvalUrl(broker.issuer, approvalId, about),
            token,
            ...(nonce === undefined ? {} : { nonce }),
          },
          numericDate(clock),
        ),
    }),
  };
}

/** The last thing that was told before the events ended. A way that breaks is no answer. */
async function fromEvents(
  approvals: ApprovalWaiting,
  question: ApprovalQuestion,
  signal: AbortSignal,
): Promise<ApprovalStatus | undefined> {
  let last: ApprovalStatus | undefined;
  try {
    for await (const status of approvals.events(question, signal)) {
      last = status;
      if (outcomeOf(status) !== undefined) return status;
    }
  } catch (error) {
    pass(error, signal);
  }
  // Still pending when the events ended: what happened since is asked for.
  return last?.state === "pending" ? undefined : last;
}

async function fromState(
  approvals: ApprovalWaiting,
  question: ApprovalQuestion,
  signal: AbortSignal,
): Promise<ApprovalStatus | undefined> {
  try {
    return await approvals.state(question);
  } catch (error) {
    pass(error, signal);
    return undefined;
  }
}

/** Goes on where asking again can help, by the table of reasons. */
function pass(error: unknown, signal: AbortSignal): void {
  signal.throwIfAborted();
  if (Refusal.is(error) && isRetryable(error.reason)) return;
  throw error;
}

/** What is spent was granted before: by this run's own second answer, or one of its thread. */
function outcomeOf(status: ApprovalStatus | undefined): ApprovalOutcome | undefined {
  if (status === undefined || status.state === "pending") return undefined;
  return status.state === "spent" ? "granted" : status.state;
}

function pause(seconds: number, signal: AbortSignal, schedule: Schedule): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const stop = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = schedule(over, seconds * 1_000);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}
