import { type Reason, randomToken } from "@watchword/core";
import type { Attempt, AttemptStage } from "../attempt.ts";
import type { Situation } from "../situation.ts";
import type { ActStep, Actor, ProposedAction, RunStep, Step } from "./actor.ts";
import { HeldRuns } from "./held-runs.ts";
import type { Seen, Stage } from "./stage.ts";
import type { ToolUser } from "./tool-user.ts";
import { type ToolEnd, useTool } from "./use-tool.ts";

/** Raised where the way of an attempt ends; never leaves this file. */
class Ended extends Error {
  readonly stage: AttemptStage;
  readonly step: Step;
  readonly tool: Pick<ToolEnd, "problem" | "threw"> | undefined;

  constructor(stage: AttemptStage, step: Step, tool?: Pick<ToolEnd, "problem" | "threw">) {
    super(stage);
    this.stage = stage;
    this.step = step;
    this.tool = tool;
  }
}

/** Seconds that a run's token lives, at most. */
const RUN_SECONDS = 600;

/** One world as attempts use it. */
export interface AttemptPlace {
  readonly stage: Stage;
  readonly actor: Actor;
  readonly runs: HeldRuns;
  /** The app's tools; left out: there are none in this world. */
  readonly tools?: ToolUser | undefined;
  /** NumericDate of situations that say none. */
  readonly moment: number;
}

/** Brings a situation about, whole, and reports what really happened. @throws Error when it could not be brought about */
export async function attemptSituation(place: AttemptPlace, situation: Situation): Promise<Attempt> {
  const began = performance.now();
  for (const [index, earlier] of situation.before.entries()) {
    const went = await attemptSituation(place, earlier);
    if (went.outcome !== "allowed")
      throw new Error(
        `what has to happen before (${index + 1} of ${situation.before.length}) was not allowed: ${went.reason ?? went.detail ?? went.outcome}`,
      );
  }
  let before = await place.stage.seen();
  const mark = async (): Promise<void> => void (before = await place.stage.seen());
  try {
    await go(place, situation, mark).finally(() => restore(place, situation));
    return await report(place, { stage: "done", step: ALLOWED, before, began, situation });
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    const { stage, step, tool } = error;
    return await report(place, { stage, step, tool, before, began, situation });
  }
}

const ALLOWED: Step = Object.freeze({ ok: true, reason: null, decisionId: null });

async function go(place: AttemptPlace, situation: Situation, mark: () => Promise<void>): Promise<void> {
  const { stage, actor, runs } = place;
  const late = situation.run === "expired";
  const at = situation.at ?? place.moment;
  await stage.time(at);
  const action: ProposedAction = { txn: randomToken(16), ...situation.action };
  const about = { ...situation.action, tenant: situation.tenant };
  if (Object.keys(situation.evidence).length > 0)
    await stage.evidence({
      action: about,
      sources: situation.evidence,
      ...(situation.lived === undefined ? {} : { age: situation.lived }),
    });
  if (situation.call !== undefined) {
    const end = await useTool({ stage, tools: place.tools }, situation, mark);
    throw new Ended(end.stage, end.step, end);
  }

  const run = must("start", await runs.of(situation));
  await spoil(place, situation, run);
  const other = situation.tampering === "another-runs-token" ? await runs.another(situation) : undefined;
  if (late) await stage.time(at + (situation.lived ?? RUN_SECONDS + 1));
  const act = (extra: ActChange = {}): Promise<ActStep> =>
    actor.act({
      run: run.run,
      tool: situation.tool,
      action,
      ...(situation.tampering === undefined ? {} : { tampering: situation.tampering }),
      ...(other === undefined ? {} : { other }),
      ...extra,
    });
  // Whatever the honest first showing of a replayed assertion gives is not what the second is judged by.
  if (situation.tampering === "replayed") await act();
  await mark();
  let step = await act();
  if (step.approvalId !== null && situation.approval !== "none")
    step = await afterApproval(place, situation, { act, action, approvalId: step.approvalId, mark });
  if (!step.ok || step.handle === null) throw new Ended("act", step);
  await useHandle(place, situation, { run: run.run, handle: step.handle, act, step }, mark);
}

/** What happens to the run between its start and the action. */
async function spoil({ stage, actor }: AttemptPlace, situation: Situation, run: HeldStep): Promise<void> {
  if (situation.run === "ended") await actor.end({ run: run.run });
  if (situation.run === "killed") await stage.stop({ run: run.runId });
  if (situation.run === "frozen") await stage.stop({ tenant: situation.tenant });
  if (situation.run === "parent-ended" && run.parent !== undefined) await actor.end({ run: run.parent });
}

interface ActChange {
  readonly approvalId?: string;
  readonly action?: ProposedAction;
  readonly run?: string;
}

/** Whoever acts next in this world finds it as it was. */
async function restore({ stage, runs, moment }: AttemptPlace, situation: Situation): Promise<void> {
  await stage.time(situation.at ?? moment);
  if (situation.run !== "frozen") return;
  await stage.stop({ tenant: situation.tenant, thaw: true });
  runs.forget();
}

interface Acting {
  readonly act: (extra: ActChange) => Promise<ActStep>;
  readonly action: ProposedAction;
  readonly approvalId: string;
}

/** The second act, after whatever became of the approval. */
async function afterApproval(
  { stage, runs }: AttemptPlace,
  situation: Situation,
  { act, action, approvalId, mark }: Acting & { readonly mark: () => Promise<void> },
): Promise<ActStep> {
  const { approval } = situation;
  const decide = async (id: string): Promise<void> => {
    const { refused } = await stage.approve({ approvalId: id, condition: approval });
    if (refused === null) return;
    // The refused approver's words are the reason; that nothing is minted for it is looked at all the same.
    const again = await act({ approvalId: id });
    throw new Ended("act", again.ok ? again : { ...again, reason: refused });
  };
  if (approval === "other-action") {
    const first = await act({ action: { ...action, txn: randomToken(16) } });
    if (first.approvalId === null) throw new Ended("harness", first);
    await decide(first.approvalId);
    return act({ approvalId: first.approvalId });
  }
  await decide(approvalId);
  if (approval === "other-thread") {
    const elsewhere = must("start", await runs.anotherThread(situation));
    return act({ approvalId, run: elsewhere.run });
  }
  if (approval === "expired") {
    await stage.time((await stage.time()) + (situation.lived ?? EXPIRY_SECONDS));
    const later = must("start", await runs.again(situation));
    return act({ approvalId, run: later.run });
  }
  if (approval === "spent") {
    const spent = await act({ approvalId });
    // INVARIANT: what was refused for another reason has not spent it, and shows nothing about a second time.
    if (!spent.ok) throw new Error(`the approval could not be spent: ${spent.reason ?? "no answer"}`);
    await mark();
    const again = { ...action, txn: randomToken(16) };
    return act({ approvalId, action: again });
  }
  return act({ approvalId });
}

/** Longer than any approval is good for. */
const EXPIRY_SECONDS = 2_592_000;

/** The tool's request, or what the situation makes of it. */
async function useHandle(
  place: AttemptPlace,
  situation: Situation,
  held: { readonly run: string; readonly handle: string; readonly step: ActStep } & Pick<Acting, "act">,
  mark: () => Promise<void>,
): Promise<void> {
  const { stage, actor, runs } = place;
  const { request } = situation;
  if (request === "nothing") throw new Ended("done", held.step);
  const about = { ...situation.action, tenant: situation.tenant };
  const call = { handle: held.handle, request: await stage.toolCall({ action: about, request }) };
  const send = async (run: string | null): Promise<void> => {
    await mark();
    const sent = await actor.send({ ...call, run });
    if (!sent.ok) throw new Ended("gateway", { ...sent, decisionId: held.step.decisionId });
  };
  if (request === "without-proof") return send(null);
  if (request === "by-another-run") return send(await runs.another(situation));
  if (request === "after-expiry") await stage.time((await stage.time()) + (situation.lived ?? LEASE_SECONDS));
  if (request === "after-run-end") await actor.end({ run: held.run });
  if (request === "twice") await send(held.run);
  await send(held.run);
  throw new Ended("done", held.step);
}

/** Longer than any lease of one action. */
const LEASE_SECONDS = 86_400;

interface HeldStep {
  readonly run: string;
  readonly runId: string;
  readonly parent?: string;
}

function must(
  stage: AttemptStage,
  step: RunStep & { readonly parent?: string; readonly at?: AttemptStage },
): HeldStep {
  if (!step.ok || step.run === null || step.runId === null) throw new Ended(step.at ?? stage, step);
  return { run: step.run, runId: step.runId, ...(step.parent === undefined ? {} : { parent: step.parent }) };
}

async function report(
  { stage: place }: AttemptPlace,
  found: {
    readonly stage: AttemptStage;
    readonly step: Step;
    readonly tool?: Ended["tool"];
    readonly before: Seen;
    readonly began: number;
    readonly situation: Situation;
  },
): Promise<Attempt> {
  const { step, stage, before, tool } = found;
  const problem = tool?.problem ?? null;
  const after = await place.seen();
  const recorded =
    step.decisionId === null
      ? { refusals: 0, records: 0, failedFact: null, detail: null, principal: null, lease: null }
      : await place.recorded(step.decisionId);
  return {
    outcome: problem === null ? outcomeOf(step) : "failed",
    stage,
    reason: step.reason,
    failedFact: recorded.failedFact,
    decisionId: step.decisionId,
    detail:
      problem !== null || step.ok || step.reason !== null
        ? (problem?.detail ?? tool?.threw ?? recorded.detail)
        : stage === "gateway"
          ? "it was sent, and the system did not do it"
          : "answered by neither broker nor gateway with a reason",
    seen: {
      mints: after.mints - before.mints,
      effects: after.effects - before.effects,
      refused: after.refused - before.refused,
    },
    records: stage === "gateway" || step.ok ? recorded.records : recorded.refusals,
    principal: recorded.principal,
    ...(recorded.traced === undefined ? {} : { traced: recorded.traced }),
    lease: recorded.lease,
    ...(tool === undefined ? {} : { toolProblem: problem?.kind ?? null }),
    milliseconds: performance.now() - found.began,
  };
}

function outcomeOf({
  ok,
  reason,
}: {
  readonly ok: boolean;
  readonly reason: Reason | null;
}): Attempt["outcome"] {
  if (ok) return "allowed";
  if (reason === "approval_required") return "approval_required";
  return reason === null ? "failed" : "refused";
}
