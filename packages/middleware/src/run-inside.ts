import { withPrincipal } from "@watchword/telemetry";
import { endRun } from "./exchange-run.ts";
import { type RunFrame, insideFrame } from "./run-frame.ts";
import { type RunSession, closeSession, openSession } from "./run-session.ts";
import { spanPrincipal } from "./span-principal.ts";

/** Runs `fn` inside a run with its session, and ends both: whatever happens, no session outlives its run. */
export async function runInside<Result>(
  session: RunSession,
  fn: (frame: RunFrame) => Promise<Result> | Result,
): Promise<Result> {
  const { frame } = session;
  openSession(session);
  try {
    return await withPrincipal(spanPrincipal(frame), () => insideFrame(frame, async () => fn(frame)));
  } finally {
    closeSession(frame);
    // Before the end: an ended run reports nothing.
    await session.local?.finish();
    await endRun(session, session.signer, session.runToken()).catch((error: unknown) =>
      session.onEndFailure(error, frame),
    );
  }
}
