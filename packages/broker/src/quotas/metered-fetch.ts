import { Refusal, rateLimitSeconds } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import type { QuotaAccount } from "./quotas.ts";

/** What became of the requests of one call of an adapter. */
export interface Meter {
  /** Requests that the system may have carried out. */
  reached: number;
  /** The first time that one was not to leave, or that the system said "too much". */
  refusal: Refusal | undefined;
  /** Closes the door for what the system said in words that only its adapter knows. */
  readonly close: (seconds: number) => Promise<Refusal>;
}

/** Seconds for which a system is left alone whose adapter says that it was too much, and not for how long. */
const UNSAID_SECONDS = 10;

/** Why a call failed, where that was for lack of leave to ask: what did not leave, or what the adapter read in an answer. */
export async function limitOf(meter: Meter | undefined, error: unknown): Promise<Refusal | undefined> {
  if (meter === undefined || meter.refusal !== undefined) return meter?.refusal;
  if (!Refusal.is(error) || error.reason !== "rate_limited") return undefined;
  return (meter.refusal = await meter.close(error.retryAfterSeconds ?? UNSAID_SECONDS));
}

/** How one call of an adapter is metered. */
export interface Metering {
  readonly account: QuotaAccount;
  readonly meter: Meter;
  /** `ending`: what it is for has begun before; whether its system's door is closed has to be looked up. */
  readonly purpose: "deciding" | "ending" | "checking";
}

const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * The way out of an adapter that is called by the broker. INVARIANT: no request leaves that was not drawn, nor through a closed
 * door; an answer that says "too much" closes it for everybody, and is no answer to the adapter.
 */
export function meteredFetch(context: BrokerContext, { account, meter, purpose }: Metering): typeof fetch {
  let begun = purpose === "ending";
  let looked = purpose === "deciding";
  return async (input, init) => {
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    try {
      if (!looked) await context.quotas.look(account);
      looked = true;
      const access = READS.has(method.toUpperCase()) ? "read" : "write";
      await context.quotas.draw(account, access, begun ? "begun" : "new");
    } catch (error) {
      throw (meter.refusal ??= Refusal.from(error, "ledger_unavailable"));
    }
    begun = true;
    meter.reached++;
    const response = await context.fetch(input, init);
    const seconds = rateLimitSeconds(
      { status: response.status, header: (name) => response.headers.get(name) },
      context.clock.now(),
    );
    if (seconds === undefined) return response;
    meter.reached--;
    await response.body?.cancel().catch(() => undefined);
    const refusal = await context.quotas.close(account, seconds);
    throw (meter.refusal ??= refusal);
  };
}
