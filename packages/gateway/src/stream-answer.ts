import { type OpenedLease, Refusal, type StreamCut } from "@watchword/core";
import type { GatewayContext } from "./gateway-context.ts";
import { secretScanner } from "./secret-scanner.ts";
import type { OutboundAnswer } from "./send-outbound.ts";

/** An answer whose body comes in pieces. */
export type StreamedAnswer = OutboundAnswer & { readonly body: AsyncIterable<Uint8Array> };

/** Milliseconds between two looks whether the lease still holds: an ended run ends its streams within five seconds. */
const LOOK_MILLISECONDS = 4_000;
/** What a timer can wait at most. */
const LONGEST_MILLISECONDS = 2_147_483_647;

/**
 * Passes an answer's body on as it comes: nothing of the credential in it, not more than is allowed, not slower, and not longer than
 * lease and grace. What does not hold cuts it, and the system is told to stop.
 *
 * @param ended told once how it ended, before whoever reads knows; `undefined`: whole
 */
export function streamAnswer(
  context: GatewayContext,
  lease: OpenedLease,
  answer: StreamedAnswer,
  ended: (cut: StreamCut | undefined) => Promise<void>,
): ReadableStream<Uint8Array> {
  const scanner = secretScanner(lease.credential);
  const pieces = answer.body[Symbol.asyncIterator]();
  answer.untimed();
  const timers = streamTimers(context, lease, () => void cut("lease_over"));
  let end: Promise<void> | undefined;
  let passedOn = 0;
  let controller: ReadableStreamDefaultController<Uint8Array>;

  const finish = (cause: StreamCut | undefined): Promise<void> => {
    timers.stop();
    return (end ??= ended(cause));
  };
  async function cut(cause: StreamCut): Promise<void> {
    if (end !== undefined) return;
    answer.cancel();
    await finish(cause);
    controller.error(new Refusal(cause === "lease_over" ? "lease_expired" : "downstream_refused"));
  }
  async function step(): Promise<void> {
    const next = await timers.within(() => void cut("bounds"), pieces.next());
    if (end !== undefined) return;
    if (next.done === true) {
      const rest = scanner.end();
      await finish(undefined);
      if (rest.byteLength > 0) controller.enqueue(rest);
      controller.close();
      return;
    }
    passedOn += next.value.byteLength;
    if (passedOn > context.maxStreamBytes) return cut("bounds");
    // INVARIANT: what goes on has been searched together with all that came before it and could belong to it.
    const safe = scanner.push(next.value);
    if (safe === undefined) return cut("quoted");
    if (safe.byteLength > 0) controller.enqueue(safe);
    else await step();
  }

  return new ReadableStream<Uint8Array>(
    {
      start: (given) => void (controller = given),
      pull: async () => {
        try {
          await step();
        } catch {
          // Its text may quote the request.
          await cut("broken");
        }
      },
      cancel: async () => {
        answer.cancel();
        await finish("left");
      },
    },
    { highWaterMark: 0 },
  );
}

interface StreamTimers {
  /** The answer of what is waited for, after calling `late` when it takes too long. */
  within<Answer>(late: () => void, waited: Promise<Answer>): Promise<Answer>;
  stop(): void;
}

/** Ends a stream with its lease, and a while after: at once when the lease was ended before its time. */
function streamTimers(context: GatewayContext, lease: OpenedLease, over: () => void): StreamTimers {
  const { clock, leases, schedule, timeoutMilliseconds } = context;
  let stopped = false;
  let stopLooking = (): void => undefined;
  const millisecondsLeft = (endsAt: number): number =>
    Math.min((endsAt + (lease.graceSeconds ?? 0)) * 1_000 - clock.now(), LONGEST_MILLISECONDS);
  const left = lease.endsAt === undefined ? timeoutMilliseconds : millisecondsLeft(lease.endsAt);
  let stopEnd = schedule(over, Math.max(left, 0));
  const look = (): void => {
    stopLooking = schedule(() => {
      const asked = leases.standing?.(lease);
      void asked?.then(
        (endsAt) => {
          if (stopped) return;
          stopEnd();
          stopEnd = schedule(over, Math.max(millisecondsLeft(endsAt), 0));
          look();
        },
        // Whoever cannot be asked takes nothing away: what was known at the beginning still ends it.
        () => void (stopped || look()),
      );
    }, LOOK_MILLISECONDS);
  };
  if (leases.standing !== undefined) look();
  return {
    async within(late, waited) {
      const stopWaiting = schedule(late, timeoutMilliseconds);
      try {
        return await waited;
      } finally {
        stopWaiting();
      }
    },
    stop() {
      stopped = true;
      stopEnd();
      stopLooking();
    },
  };
}
