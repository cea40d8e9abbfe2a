import type { PolicyProjections, ProjectionQuestion, TaggedProjection } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import type { Discovery } from "../discovery.ts";
import { type RunProof, askProven } from "../proven-run.ts";
import type { RunKeyCache } from "../verify-assertion.ts";
import { AgentProjections } from "./agent-projections.ts";
import type { CountedDenials } from "./counted-denials.ts";
import { currentProjection } from "./current-projection.ts";
import { reportDenials } from "./report-denials.ts";

/** What lets runtimes deny by themselves, and takes what they denied. */
export interface Projections {
  /**
   * The signed projection of the run's own agent, unless it is the one with this tag.
   *
   * @throws Refusal `token_…`, `proof_invalid`, `proof_nonce_required`, `run_ended`
   */
  current(caller: RunProof, etag?: string): Promise<TaggedProjection | "unchanged" | "none">;
  /** Records a `denial-batch+jwt`; gives how many denials it held. @throws Refusal `token_…`, `run_ended`, `ledger_unavailable` */
  report(runToken: string, batch: string): Promise<number>;
}

/** The projections of a broker. */
export function projections(context: BrokerContext, keys: RunKeyCache, counted: CountedDenials): Projections {
  const made = new AgentProjections();
  return Object.freeze<Projections>({
    current: (caller, etag) => currentProjection(context, made, caller, etag),
    report: (runToken, batch) => reportDenials(context, keys, counted, runToken, batch),
  });
}

/** The same for callers in the same process; HTTP callers ask the same questions. */
export function projectionClient(offered: Projections, discovery: Discovery): PolicyProjections {
  return Object.freeze<PolicyProjections>({
    current: ({ runToken, dpop, etag }: ProjectionQuestion) =>
      askProven(runToken, dpop, (caller) => offered.current(caller, etag)),
    // Asked for anew each time: keys rotate.
    keys: async () => discovery.keys.keys,
    report: (runToken, batch) => offered.report(runToken, batch),
  });
}
