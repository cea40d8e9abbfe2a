import { numericDate } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";

/** Seconds between two looks: earlier secrets are kept for minutes. */
const LOOK_SECONDS = 30;

/** Erases secrets that were replaced, once nothing can need them any more; looks now and then only, however often it is called. */
export function secretForgetter(context: BrokerContext): () => Promise<void> {
  let lookedAt = 0;
  return async () => {
    const now = numericDate(context.clock);
    if (now < lookedAt + LOOK_SECONDS) return;
    await context.store.forgetEarlierSecrets(now, {
      kind: "tenant",
      at: context.clock.now(),
      tenant: null,
      body: { outcome: "secrets_forgotten" },
    });
    lookedAt = now;
  };
}
