import type { Discovery } from "@watchword/broker";
import type { Store } from "@watchword/core";
import type { Missing } from "./readiness.ts";

/** Milliseconds within which the store must have written: the broker refuses after as many (`ledger_unavailable`). */
const STORE_MILLISECONDS = 2_000;
/** No lease has this id: the write changes no row, and still needs the store to be one that can be written. */
const NO_LEASE = "readiness";

/** Looks at what a broker decides with: a store that can be written, an active policy, its public keys. */
export async function brokerMissing({
  store,
  discovery,
}: {
  readonly store: Store;
  readonly discovery: Discovery;
}): Promise<readonly Missing[]> {
  const [written, epochs] = await Promise.all([
    within(store.postponeLease(NO_LEASE, 0)),
    within(store.epochs(["policy"])),
  ]);
  const found: Missing[] = [];
  if (written === undefined) found.push("store");
  if ((epochs?.value.policy ?? 0) === 0) found.push("policy");
  if (discovery.keys.keys.length === 0) found.push("keys");
  return found;
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
