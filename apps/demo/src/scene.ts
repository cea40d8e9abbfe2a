import type { StripeTwin } from "@watchword/emulators/stripe";
import type { DecisionLine, Report } from "./report.ts";
import type { World, WorldSettings } from "./world.ts";

/** What every step works with. */
export interface Scene {
  readonly world: World;
  readonly twin: StripeTwin;
  readonly report: Report;
  readonly settings: WorldSettings;
  /** Dana's token: a user of acme. */
  readonly dana: string;
  readonly token: (subject: string, claims: Record<string, string | string[]>) => Promise<string>;
  readonly read: (step: number) => Promise<DecisionLine[]>;
}

/** Prints what was recorded since the last step and gives the lines. */
export async function show(scene: Scene, step: number): Promise<DecisionLine[]> {
  const lines = await scene.read(step);
  for (const line of lines) scene.report.decision(line);
  return lines;
}

/** Requests that changed something at the payment system, or might have. */
export function effects(twin: StripeTwin): number {
  return twin.requests.filter((request) => request.kind === "effect").length;
}
