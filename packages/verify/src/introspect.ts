import { Refusal } from "@watchword/core";
import { readJson } from "./read-json.ts";

/** What one question about a token needs. */
export interface Introspection {
  readonly url: string;
  /** Gives this service's own workload token. */
  readonly workload: () => Promise<string>;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Asks the broker what a token is now (RFC 7662). INVARIANT: no answer is not a yes.
 *
 * @throws Refusal `lease_expired` for one that is dead, `broker_unavailable`
 */
export async function requireActive(token: string, { url, workload, fetch }: Introspection): Promise<void> {
  let credentials: string;
  try {
    credentials = await workload();
  } catch {
    throw new Refusal("broker_unavailable", { detail: "this service has no workload token to ask with" });
  }
  const answer = await readJson({
    url,
    fetch,
    form: { fields: { token }, authorization: `Bearer ${credentials}` },
  });
  if (answer["active"] !== true)
    throw new Refusal("lease_expired", { detail: "the broker says that it is over", failedFact: "token" });
}
