import type { Clock } from "@watchword/core";

/** What a process may lack for its work. Names of parts and nothing else: anybody may ask. */
export type Missing = "store" | "policy" | "keys" | "broker" | "draining";

/** Whether a process can take requests. */
export interface Readiness {
  /** What is missing; nothing: ready. Asked often, it looks once a second. */
  missing(): Promise<readonly Missing[]>;
  /** From now on it is not ready, whatever it has. */
  drain(): void;
}

const LOOK_AGAIN_MILLISECONDS = 1_000;

/** Readiness by what `look` finds missing; it never rejects. */
export function readiness(look: () => Promise<readonly Missing[]>, clock: Clock): Readiness {
  let draining = false;
  let looked: { readonly at: number; readonly found: Promise<readonly Missing[]> } | undefined;
  return Object.freeze<Readiness>({
    missing: async () => {
      if (draining) return ["draining"];
      const now = clock.now();
      if (looked === undefined || Math.abs(now - looked.at) >= LOOK_AGAIN_MILLISECONDS)
        looked = { at: now, found: look() };
      const found = await looked.found;
      return draining ? ["draining"] : found;
    },
    drain: () => void (draining = true),
  });
}
