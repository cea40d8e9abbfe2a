import type { Situation } from "../situation.ts";
import type { Actor, RunStep } from "./actor.ts";
import type { AttemptStage } from "../attempt.ts";
import type { Stage } from "./stage.ts";

/** A run that was started for a situation; at which exchange it ended when it was not. */
export type SituationRun = RunStep & { readonly parent?: string; readonly at?: AttemptStage };

/**
 * Starts what situations act in. Attempts that differ in the action alone act in the same run, as an agent's calls do; whatever
 * happens to a run itself happens to one of its own.
 */
export class HeldRuns {
  readonly #stage: Stage;
  readonly #actor: Actor;
  readonly #shared = new Map<string, Promise<SituationRun>>();
  #threads = 0;

  constructor(stage: Stage, actor: Actor) {
    this.#stage = stage;
    this.#actor = actor;
  }

  /** The run of a situation. */
  of(situation: Situation): Promise<SituationRun> {
    const own =
      situation.run !== "living" ||
      situation.request === "after-run-end" ||
      situation.approval === "expired" ||
      situation.approval === "other-thread";
    if (own) return this.#start(situation, threadOf(situation));
    const { agent, workload, tenant, user, background, via, ceiling, at } = situation;
    const key = JSON.stringify([agent, workload, tenant, user, background, via, ceiling, at]);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const started = this.#start(situation, threadOf(situation));
    this.#shared.set(key, started);
    // A start that is refused is refused to everybody for himself: each has a record of its own.
    started.then(
      ({ ok }) => ok || this.#shared.delete(key),
      () => this.#shared.delete(key),
    );
    return started;
  }

  /** Runs that were started before are used no more. */
  forget(): void {
    this.#shared.clear();
  }

  /** Another run of the same kind, in a thread of its own. @throws Error when it does not start */
  async another(situation: Situation): Promise<string> {
    const { run } = await this.anotherThread(situation);
    if (run === null) throw new Error("a second run of the same kind did not start");
    return run;
  }

  anotherThread(situation: Situation): Promise<SituationRun> {
    this.#threads += 1;
    return this.#start(situation, `other-${this.#threads}`);
  }

  /** Once more in the same thread, as after a run's end. */
  again(situation: Situation): Promise<SituationRun> {
    return this.#start(situation, threadOf(situation));
  }

  async #start(situation: Situation, thread: string): Promise<SituationRun> {
    const { via, agent, ceiling } = situation;
    const root = via[0] ?? agent;
    const rest = via.length === 0 ? [] : [...via.slice(1), agent];
    const last = rest.length;
    const tokens = await this.#stage.identify({
      workload: situation.workload ?? null,
      agent: root,
      tenant: situation.tenant,
      user: situation.user,
    });
    let step: SituationRun = {
      ...(await this.#actor.start({
        agent: root,
        workloadToken: tokens.workloadToken,
        subjectToken: tokens.subjectToken,
        subjectKind: tokens.subjectKind,
        thread,
        background: situation.background,
        ...(tokens.tenant === null ? {} : { tenant: tokens.tenant }),
        ...(ceiling === undefined || last > 0 ? {} : { ceiling }),
      })),
      at: "start",
    };
    for (const [index, child] of rest.entries()) {
      if (step.run === null) return step;
      const parent = step.run;
      step = {
        ...(await this.#actor.delegate({
          parent,
          agent: child,
          ...(ceiling === undefined || index + 1 < last ? {} : { ceiling }),
        })),
        parent,
        at: "delegate",
      };
    }
    return step;
  }
}

const threadOf = (situation: Situation): string => `thread-${situation.tenant.length}-${situation.user}`;
