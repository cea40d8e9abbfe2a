import type { InboundResponse, OutboundRequest } from "@watchword/core";
import type { GatewayContext } from "./gateway-context.ts";
import { readBounded } from "./read-bounded.ts";

/** The codings that `fetch` undoes; beside an unknown one it undoes none. */
const DECODED = /^(?:x-gzip|gzip|deflate|br)(?:\s*,\s*(?:x-gzip|gzip|deflate|br))*$/;

/**
 * Sends a request and reads its answer whole, within time and size. `undefined` means that no usable answer arrived: the
 * request may have had its effect all the same. A redirect is an answer like any other here and is not followed.
 */
export async function sendOutbound(
  context: GatewayContext,
  outbound: OutboundRequest,
): Promise<InboundResponse | undefined> {
  try {
    const response = await context.fetch(outbound.url, {
      method: outbound.method,
      headers: { ...outbound.headers },
      ...(outbound.body === undefined ? {} : { body: new Uint8Array(outbound.body) }),
      // INVARIANT: the credential goes to the address that was checked and to no other.
      redirect: "manual",
      signal: AbortSignal.timeout(context.timeoutMilliseconds),
    });
    if (!isReadable(response)) {
      await response.body?.cancel();
      return undefined;
    }
    const body = await readBounded(response.body, context.maxResponseBytes);
    return body === undefined
      ? undefined
      : { status: response.status, headers: Object.fromEntries(response.headers), body };
  } catch {
    // The error may quote the request, credential and all; nobody gets to see it.
    return undefined;
  }
}

/** A status that can be passed on, and a body that `fetch` decoded: what is still coded could hold the credential unseen. */
function isReadable({ status, headers }: Response): boolean {
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const decoded = coding === "" || coding === "identity" || DECODED.test(coding);
  return decoded && status >= 200 && status <= 599;
}
