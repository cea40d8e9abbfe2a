import { type Clock, type Store } from "@watchword/core";
import type { Discovery } from "@watchword/broker";

/** What a process may lack for deciding. Names of parts and nothing else: anybody may ask. */
export type Missing = "store" | "policy" | "keys" | "draining";

/** Whether a process can take requests. */
export interface Readiness {
  /** What is missing; nothing: ready. Asked often, it looks once a second. */
  missing(): Promise<readonly Missing[]>;
  /** From now on it is not ready, whatever it has. */
  drain(): void;
}

/** Milliseconds within which the store must have written: the broker refuses after as many (`ledger_unavailable`). */
const STORE_MILLISECONDS = 2_000;
const LOOK_AGAIN_MILLISECONDS = 1_000;
/** No lease has this id: the write changes no row, and still needs the store to be one that can be written. */
const NO_LEASE = "readiness";

/** Looks at what a broker decides with: a store that can be written, an active policy, its public keys. */
export function readiness(parts: {
  readonly store: Store;
  readonly discovery: Discovery;
  readonly clock: Clock;
}): Readiness {
  const { store, discovery, clock } = parts;
  let draining = false;
  let looked: { readonly at: number; readonly found: Promise<readonly Missing[]> } | undefined;

  const look = async (): Promise<readonly Missing[]> => {
    const [written, epochs] = await Promise.all([
      within(store.postponeLease(NO_LEASE, 0)),
      within(store.epochs(["policy"])),
    ]);
    const found: Missing[] = [];
    if (written === undefined) found.push("store");
    if ((epochs?.value.policy ?? 0) === 0) found.push("policy");
    if (discovery.keys.keys.length === 0) found.push("keys");
    return found;
  };
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

/** The value, or `undefined` when it failed or took too long. Its error may quote anything, and stays here. */
async function within<Value>(asked: Promise<Value>): Promise<{ readonly value: Value } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), STORE_MILLISECONDS);
  });
  try {
    return await Promise.race([asked.then((value) => ({ value })), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
