import type { CellIsolation } from "./cell-isolation.ts";
import { type Engine, type NoEngine, isEngine } from "./engine.ts";
import { IsolationMissing } from "./isolation-missing.ts";

/** What is to be had. */
export interface IsolationChoice {
  readonly isolation: CellIsolation;
  /** Why a stronger one is not had, with the command that would change it; `null` when it is the strongest. */
  readonly reason: string | null;
  readonly engine: Engine | undefined;
}

/** How the choice looks around; the parts of this machine, or a test's. */
export interface IsolationProbes {
  findEngine(): Promise<Engine | NoEngine>;
  whyNoNetns(): string | null;
}

/**
 * The strongest isolation that can be had: container, then netns, then process. Whoever asks prints the reason, always.
 *
 * @param required the weakest that will do
 * @throws IsolationMissing when only weaker ones can be had
 */
export async function chooseIsolation(
  required: CellIsolation,
  probes: IsolationProbes,
): Promise<IsolationChoice> {
  const found = await probes.findEngine();
  if (isEngine(found)) return { isolation: "container", reason: null, engine: found };
  // INVARIANT: what was required is an error when it is missing, never a weaker run that passes.
  if (required === "container") throw new IsolationMissing(required, found);
  const noContainer = `no containers: ${found.why}; to have them: ${found.command}`;
  const why = probes.whyNoNetns();
  if (why === null) return { isolation: "netns", reason: noContainer, engine: undefined };
  const command = "util-linux's unshare and unprivileged user namespaces (kernel.unprivileged_userns_clone)";
  if (required === "netns") throw new IsolationMissing(required, { why, command });
  return {
    isolation: "process",
    reason: `${noContainer}; no network namespaces: ${why}`,
    engine: undefined,
  };
}
