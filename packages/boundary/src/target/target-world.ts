import { type BrokerClient, numericDate, systemClock } from "@watchword/core";
import type { Attempt } from "../attempt.ts";
import type { Situation } from "../situation.ts";
import { attemptSituation } from "../world/attempt-situation.ts";
import type { Actor, RunStep } from "../world/actor.ts";
import { capturedAgent } from "../world/captured-agent.ts";
import { HeldRuns } from "../world/held-runs.ts";
import type { Seen, Stage } from "../world/stage.ts";
import { withinPatience } from "../world/within-patience.ts";
import type { TargetIdentities } from "./target-identities.ts";

/** What a deployed broker's operators may see of a decision. */
export interface ShownDecision {
  readonly outcome: string;
  readonly reason: string | null;
  readonly failedFact: string | null;
  readonly policyVersion: string | null;
  readonly agent: string | null;
  readonly tenant: string | null;
  readonly run: string | null;
  readonly workload: string | null;
  readonly principalKind: string | null;
  /** Whether the record is as its chain's hashes have it. */
  readonly intact: boolean;
}

/** Looks a decision up; `undefined`: there is none. */
export type ShowDecision = (decisionId: string) => Promise<ShownDecision | undefined>;

/** A deployed broker, as a captured agent meets it. */
export interface TargetWorld extends AsyncDisposable {
  attempt(situation: Situation): Promise<Attempt>;
}

const NOTHING: Seen = Object.freeze({ mints: 0, effects: 0, refused: 0 });
const PATIENCE = 30_000;

/**
 * The same captured agent as in any world, against a broker that is not ours: it starts runs, delegates and proposes. What nobody
 * here can arrange is an error, and what nobody can see is not reported as seen.
 *
 * INVARIANT: nothing is ever sent with what was given. An action that a broken boundary allows has no effect at its system.
 */
export function targetWorld(
  client: BrokerClient,
  identities: TargetIdentities,
  show: ShowDecision | undefined,
): TargetWorld {
  const now = (): number => numericDate(systemClock);
  const { actor, end } = endingRuns(
    capturedAgent({
      client,
      fetch: () => Promise.reject(new Error("nothing is sent to a deployed system")),
      now,
    }),
  );
  const stage = targetStage(identities, show, now);
  const runs = new HeldRuns(stage, actor);
  return Object.freeze<TargetWorld>({
    attempt: (situation) =>
      withinPatience(PATIENCE, () =>
        attemptSituation({ stage, actor, runs, moment: now(), tools: undefined }, asked(situation)),
      ),
    [Symbol.asyncDispose]: end,
  });
}

/** The situation up to the broker's answer, now: what is given is not used, and nobody decides an approval. */
function asked({ at: _, ...situation }: Situation): Situation {
  return { ...situation, evidence: {}, approval: "none", request: "nothing" };
}

/** Ends whatever was started, so that nothing of a run of the harness goes on living over there. */
function endingRuns(agent: Actor): { readonly actor: Actor; readonly end: () => Promise<void> } {
  const started = new Set<string>();
  const kept = (step: RunStep): RunStep => {
    if (step.run !== null) started.add(step.run);
    return step;
  };
  return {
    actor: Object.freeze<Actor>({
      ...agent,
      start: async (call) => kept(await agent.start(call)),
      delegate: async (call) => kept(await agent.delegate(call)),
      end: async (call) => {
        started.delete(call.run);
        await agent.end(call);
      },
    }),
    end: async () => {
      for (const run of started) await agent.end({ run }).catch(() => undefined);
      started.clear();
    },
  };
}

function targetStage(identities: TargetIdentities, show: ShowDecision | undefined, now: () => number): Stage {
  const nobody = (what: string) => (): Promise<never> =>
    Promise.reject(new Error(`nobody here can ${what} at a deployed broker`));
  return Object.freeze<Stage>({
    time: () => Promise.resolve(now()),
    identify: (wanted) => identities.identify(wanted),
    evidence: nobody("make test results"),
    approve: nobody("decide an approval"),
    stop: nobody("stop a run"),
    toolCall: nobody("send a tool's request"),
    ceiling: nobody("say what a run may ask for"),
    deed: nobody("see what was sent"),
    prove: nobody("look through files and ledger"),
    seen: () => Promise.resolve(NOTHING),
    recorded: async (decisionId) => {
      const shown = await show?.(decisionId);
      if (shown === undefined)
        return { refusals: 0, records: 0, failedFact: null, detail: null, principal: null, lease: null };
      const { agent, tenant, run, workload, failedFact } = shown;
      return {
        refusals: shown.intact ? 1 : 0,
        records: shown.intact ? 1 : 0,
        failedFact: failedFact as Awaited<ReturnType<Stage["recorded"]>>["failedFact"],
        detail: `recorded as ${shown.outcome}${shown.reason === null ? "" : `, ${shown.reason}`}, policy ${shown.policyVersion ?? "unknown"}`,
        principal:
          agent === null || tenant === null || run === null || workload === null
            ? null
            : {
                agent,
                tenant,
                run,
                workload,
                kind: shown.principalKind === "user" ? "user" : "agent",
                chain: [agent],
              },
        lease: null,
      };
    },
  });
}
