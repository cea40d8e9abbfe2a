import { randomToken } from "@watchword/core";
import type { AttemptStage, ToolProblem } from "../attempt.ts";
import type { Situation } from "../situation.ts";
import type { RunStep, Step } from "./actor.ts";
import type { Seen, Stage } from "./stage.ts";
import type { ToolStep, ToolUser } from "./tool-user.ts";

/** Where a tool's call ended. */
export interface ToolEnd {
  readonly stage: AttemptStage;
  readonly step: Step;
  readonly problem: { readonly kind: ToolProblem; readonly detail: string } | null;
  /** What the tool threw. */
  readonly threw: string | null;
}

/** Seconds that a run's token lives, at most. */
const RUN_SECONDS = 600;
/** Longer than any approval is good for. */
const EXPIRY_SECONDS = 2_592_000;

/** One call under way. */
interface Calling {
  readonly stage: Stage;
  readonly tools: ToolUser;
  readonly situation: Situation;
  readonly call: NonNullable<Situation["call"]>;
  /** All of its runs are in one conversation, as after a run's end. */
  readonly thread: string;
  readonly mark: () => Promise<void>;
}

/**
 * Calls one of the app's own tools in a run of its runtime, as a model would, and looks at what came of it: an allowed call has
 * to be decided and sent as the action that somebody wrote down, and to be the only thing that the system saw.
 *
 * @throws Error when it could not be brought about
 */
export async function useTool(
  { stage, tools }: { readonly stage: Stage; readonly tools: ToolUser | undefined },
  situation: Situation,
  mark: () => Promise<void>,
): Promise<ToolEnd> {
  const { call } = situation;
  if (tools === undefined || call === undefined)
    throw new Error("a tool is to be called, and the world has none: open it with tools");
  if (situation.via.length > 0)
    throw new Error("a tool is called in a root run: it is the app itself that begins its subagents");
  const calling = { stage, tools, situation, call, mark, thread: `tools-${randomToken(16)}` };
  const begun = await begin(calling);
  if (begun.run === null || begun.runId === null) return end("start", begun);
  const run = begun.run;
  try {
    if (situation.run === "ended") await tools.leave({ run });
    if (situation.run === "killed") await stage.stop({ run: begun.runId });
    if (situation.run === "frozen") await stage.stop({ tenant: situation.tenant });
    if (situation.run === "expired")
      await stage.time((await stage.time()) + (situation.lived ?? RUN_SECONDS + 1));
    await mark();
    const before = await stage.seen();
    const first = await tools.use({
      run: call.outside === true ? null : run,
      tool: call.tool,
      args: call.args,
    });
    const step =
      first.pending === null || first.approvalId === null || situation.approval === "none"
        ? first
        : await afterApproval(calling, run, { pending: first.pending, approvalId: first.approvalId });
    // Refused with a credential in hand: by the gateway, the system or the tool itself.
    if (!step.ok)
      return { ...end(step.leased ? "gateway" : "act", step), threw: strange(call, step) ?? step.threw };
    return { ...end("done", step), problem: await problemOf(calling, before, step) };
  } finally {
    await tools.leave({ run });
  }
}

/** Within a run, and the guard sees none. */
function strange({ outside }: Calling["call"], { reason }: ToolStep): string | null {
  if (reason !== "no_run" || outside === true) return null;
  return "its guard is of another copy of @watchword/middleware than the harness found, and knows nothing of its runs; install one copy for both";
}

function end(stage: AttemptStage, { ok, reason, decisionId }: Step): ToolEnd {
  return { stage, step: { ok, reason, decisionId }, problem: null, threw: null };
}

/** A run as the app would start it. */
async function begin({ stage, tools, situation, thread }: Calling): Promise<RunStep> {
  const { agent, tenant, user, background, ceiling } = situation;
  const tokens = await stage.identify({ workload: situation.workload ?? null, agent, tenant, user });
  return tools.begin({
    agent,
    workloadToken: tokens.workloadToken,
    subjectToken: tokens.subjectToken,
    subjectKind: tokens.subjectKind,
    thread,
    background,
    ...(tokens.tenant === null ? {} : { tenant: tokens.tenant }),
    ...(ceiling === undefined ? {} : { ceiling }),
  });
}

/** The call once more, after whatever became of its approval. */
async function afterApproval(
  calling: Calling,
  run: string,
  { approvalId, pending }: { readonly approvalId: string; readonly pending: string },
): Promise<ToolStep> {
  const { stage, tools, situation, call } = calling;
  const { refused } = await stage.approve({ approvalId, condition: situation.approval });
  const goOn = (within: string): Promise<ToolStep> =>
    tools.use({ run: within, tool: call.tool, args: call.args, pending });
  if (situation.approval !== "expired") {
    const again = await goOn(run);
    // The refused approver's words are the reason; that nothing is minted for it is looked at all the same.
    return refused === null || again.ok ? again : { ...again, reason: refused };
  }
  await stage.time((await stage.time()) + (situation.lived ?? EXPIRY_SECONDS));
  const later = await begin(calling);
  if (later.run === null) throw new Error("no second run of the same thread did start");
  try {
    return await goOn(later.run);
  } finally {
    await tools.leave({ run: later.run });
  }
}

/** What an allowed call did that nobody expected of it. */
async function problemOf(
  { stage, situation, call }: Calling,
  before: Seen,
  step: ToolStep,
): Promise<ToolEnd["problem"]> {
  const after = await stage.seen();
  const writes = after.effects - before.effects + (after.refused - before.refused);
  const found = (kind: ToolProblem, detail: string): ToolEnd["problem"] => ({
    kind,
    detail: `tool ${call.tool} with ${call.args}: ${detail}`,
  });
  if (step.decisionId === null)
    return found("unbrokered", "it answered without a decision: nobody was asked whether it may");
  const { decisionId, proposed } = step;
  const action = { ...situation.action, tenant: situation.tenant };
  const deed = await stage.deed({ decisionId, action, proposed });
  if (writes > deed.writes)
    return found(
      "unbrokered",
      `the system saw ${writes} requests that change something, and by the ledger ${deed.writes} left with a lease; the tool has another way to it than credential.fetch`,
    );
  if (deed.decided !== null)
    return found(
      "other_action",
      `its binding asks for another action than its example says; ${deed.decided}`,
    );
  if (deed.requests === 0)
    return found(
      "nothing_sent",
      `it was allowed, and nothing left for the system with its lease${deed.refused === null ? "" : `; the gateway said ${deed.refused}`}`,
    );
  if (deed.sent !== null)
    return found("other_action", `another action was sent than its example says; ${deed.sent}`);
  if (deed.writes === 0 || after.effects > before.effects) return null;
  // Silence is no proof of anything, and no fault of the tool's.
  if (deed.unknown)
    throw new Error("the system did not answer the tool's request; what became of it nobody knows");
  return found("nothing_sent", "it says that all is well, and the system did nothing");
}
