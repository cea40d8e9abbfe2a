import type { Adapter } from "@watchword/core";
import { fetchTrusting } from "./fetch-trusting.ts";

/** Bytes of an answer at most. The gateway passes on less, and adapters read less. */
const MAX_BYTES = 4_194_304;

/**
 * How broker and gateway reach systems: an origin whose system has certificate authorities of its own is trusted by those alone,
 * and they are trusted nowhere else. Nothing where no system has any, and nobody handed in a `fetch`.
 */
export function fetchForSystems(
  systems: Readonly<Record<string, Adapter>>,
  send: typeof fetch | undefined,
): { readonly fetch?: typeof fetch } {
  const trusting = new Map(
    Object.values(systems).flatMap(({ certificateAuthorities = {} }) =>
      Object.entries(certificateAuthorities).map(
        ([origin, authority]) => [origin, fetchTrusting(authority, { maxBytes: MAX_BYTES })] as const,
      ),
    ),
  );
  if (trusting.size === 0) return send === undefined ? {} : { fetch: send };
  return {
    fetch: (input, init) => {
      const { origin } = new URL(input instanceof Request ? input.url : input);
      return (trusting.get(origin) ?? send ?? fetch)(input, init);
    },
  };
}
