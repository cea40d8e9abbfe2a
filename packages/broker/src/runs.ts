import { type FrozenSubject, Identifier, Refusal, numericDate } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/**
 * What an operator can stop. Who may call this is the caller's to decide, as the operators' API does; `by` says who did, beside
 * the ledger's chain.
 */
export interface Runs {
  /** Ends a run and everything that descends from it. `false`: it had ended, or was never there. */
  kill(run: string, by?: string): Promise<boolean>;
  /**
   * Refuses everything of a tenant, an agent or a system from now on, and ends what runs under it, descendants included.
   *
   * @throws Refusal `configuration_invalid` for a name that cannot be one
   */
  freeze(subject: FrozenSubject, by?: string): Promise<boolean>;
  /** Allows it again. What was ended stays ended. */
  thaw(subject: FrozenSubject, by?: string): Promise<boolean>;
}

/** The runs of a broker, for its operator. `sweep` ends at once what became due. */
export function runs(context: BrokerContext, sweep: () => Promise<unknown>): Runs {
  const freeze = async (subject: FrozenSubject, frozen: boolean, by?: string): Promise<boolean> => {
    const [, kind, name = ""] = /^(tenant|agent|system):(.*)$/s.exec(subject) ?? [];
    if (kind === undefined || !Identifier.safeParse(name).success)
      throw new Refusal("configuration_invalid", {
        detail: "what is frozen is tenant:<id>, agent:<id> or system:<name>",
      });
    const changed = await context.store.freeze(subject, frozen, numericDate(context.clock), {
      kind: "freeze",
      at: context.clock.now(),
      tenant: kind === "tenant" ? name : null,
      body: { outcome: frozen ? "frozen" : "thawed", subject },
      ...(by === undefined ? {} : { personal: { by } }),
    });
    if (frozen) await sweep();
    return changed;
  };
  return Object.freeze({
    kill: async (id: string, by?: string) => {
      const run = await context.store.run(id);
      if (run === undefined) return false;
      const ended = await context.store.endRun(id, numericDate(context.clock), {
        kind: "run_ended",
        at: context.clock.now(),
        tenant: run.tenant,
        body: { run: id, agent: run.agent, outcome: "killed" },
        ...(by === undefined ? {} : { personal: { by } }),
      });
      await sweep();
      return ended;
    },
    freeze: (subject: FrozenSubject, by?: string) => freeze(subject, true, by),
    thaw: (subject: FrozenSubject, by?: string) => freeze(subject, false, by),
  });
}
