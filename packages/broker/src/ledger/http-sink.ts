import { type LedgerSink, Refusal } from "@watchword/core";

/** How {@link httpSink} sends. */
export interface HttpSinkOptions {
  readonly fetch?: typeof fetch;
  /** Milliseconds for one attempt. Default 5,000. */
  readonly timeoutMilliseconds?: number;
}

/** Attempts per push; then the broker's next sweep tries again. */
const ATTEMPTS = 3;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Posts each checkpoint to a URL as `text/plain`; 2xx means it is kept. No redirect is followed. What the other side
 * keeps, and for whom, is its own affair: it should append only, and belong to somebody else than the store.
 *
 * @throws Refusal `configuration_invalid` for a URL that is neither https nor on loopback, or names a user
 */
export function httpSink(url: string, options: HttpSinkOptions = {}): LedgerSink {
  const target = URL.parse(url);
  const safe =
    target !== null &&
    (target.protocol === "https:" || (target.protocol === "http:" && LOOPBACK.has(target.hostname)));
  if (!safe || target.username !== "" || target.password !== "")
    throw new Refusal("configuration_invalid", {
      detail: "a sink's URL must be https, or http on loopback, without a user in it",
    });
  return Object.freeze({
    name: target.origin,
    push: async (note: string) => {
      let problem = "";
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const outcome = await post(target, note, options);
        if (outcome === "kept") return;
        problem = outcome.problem;
        if (!outcome.again) break;
      }
      throw new Refusal("ledger_unavailable", {
        detail: `${target.origin} does not take checkpoints: ${problem}`,
      });
    },
  });
}

async function post(
  target: URL,
  note: string,
  { fetch: send = fetch, timeoutMilliseconds = 5_000 }: HttpSinkOptions,
): Promise<"kept" | { readonly problem: string; readonly again: boolean }> {
  try {
    const response = await send(target, {
      method: "POST",
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: note,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    await response.body?.cancel();
    if (response.ok) return "kept";
    return { problem: `status ${response.status}`, again: response.status >= 500 || response.status === 429 };
  } catch (error) {
    // What fetch says may quote the address; the class is enough.
    return { problem: error instanceof Error ? error.name : "unknown", again: true };
  }
}
