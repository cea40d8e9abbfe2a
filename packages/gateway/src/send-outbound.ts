import type { InboundResponse, OutboundRequest } from "@watchword/core";
import type { GatewayContext } from "./gateway-context.ts";
import { readBounded } from "./read-bounded.ts";

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
    const body = await readBounded(response.body, context.maxResponseBytes);
    return body === undefined
      ? undefined
      : { status: response.status, headers: Object.fromEntries(response.headers), body };
  } catch {
    // The error may quote the request, credential and all; nobody gets to see it.
    return undefined;
  }
}
