import { type Clock, Refusal, parseStrictJson } from "@watchword/core";
import { type KeySource, staticKeys } from "@watchword/identity";

/** Milliseconds between two fetches: unknown key ids in tokens must not become requests at the issuer. */
const REFETCH_MILLISECONDS = 60_000;
const MAX_BYTES = 262_144;
const TIMEOUT_MILLISECONDS = 10_000;

/** What {@link fetchedKeys} needs. */
export interface FetchedKeysOptions {
  /** From the configuration; nothing in a token changes it. */
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Is told when keys could not be fetched again; those at hand stay in force. */
  readonly onFailure: (url: string) => void;
}

/**
 * An issuer's keys from its key set's URL: fetched at start, and again, at most once a minute, when a token names a key
 * that is not there, because issuers rotate.
 *
 * @throws Refusal `configuration_invalid` when the first fetch gives no usable set
 */
export async function fetchedKeys(options: FetchedKeysOptions): Promise<KeySource> {
  let keys = await fetchKeys(options).catch((error: unknown) => {
    throw Refusal.from(error, "configuration_invalid", {
      detail: `${options.url} gives no usable key set; check the URL and that this host reaches it`,
    });
  });
  let fetchedAt = options.clock.now();
  return Object.freeze<KeySource>({
    find: async (keyId) => {
      const found = await keys.find(keyId);
      if (found !== undefined || options.clock.now() - fetchedAt < REFETCH_MILLISECONDS) return found;
      fetchedAt = options.clock.now();
      try {
        keys = await fetchKeys(options);
      } catch {
        options.onFailure(options.url);
      }
      return keys.find(keyId);
    },
  });
}

async function fetchKeys({ url, fetch }: FetchedKeysOptions): Promise<KeySource> {
  const response = await fetch(url, {
    headers: { accept: "application/json" },
    // INVARIANT: keys come from the configured address and from no other.
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  if (!response.ok) throw new TypeError("not a key set");
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength > MAX_BYTES) throw new TypeError("too large");
  const set = parseStrictJson(new Uint8Array(bytes), { maxBytes: MAX_BYTES });
  if (typeof set !== "object" || set === null || Array.isArray(set) || !Array.isArray(set["keys"]))
    throw new TypeError("not a key set");
  return staticKeys({
    keys: set["keys"].filter((key) => typeof key === "object" && key !== null) as object[],
  });
}
