import { digestOf } from "@watchword/core";
import { type Policy, type ProjectionDocument, projectPolicy } from "@watchword/policy";

/** What concerns one agent of one policy. */
export interface AgentProjection {
  readonly document: ProjectionDocument;
  readonly digest: string;
}

const MAX_AGENTS = 1_000;

/** Projections of one policy by agent, each made once: whoever asks next costs nothing more, however many grants there are. */
export class AgentProjections {
  #policy: Policy | undefined;
  readonly #made = new Map<string, AgentProjection>();

  of(policy: Policy, agent: string): AgentProjection {
    // Another policy makes all of them void. The very value: two of one version hold the same.
    if (this.#policy !== policy) {
      this.#made.clear();
      this.#policy = policy;
    }
    const known = this.#made.get(agent);
    if (known !== undefined) return known;
    const document = projectPolicy(policy, [agent]);
    const made = Object.freeze({ document, digest: digestOf(document) });
    if (this.#made.size >= MAX_AGENTS) this.#made.clear();
    this.#made.set(agent, made);
    return made;
  }
}
