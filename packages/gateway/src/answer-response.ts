import type { InboundResponse } from "@watchword/core";
import type { GatewayAnswer } from "./gateway-exchange.ts";
import { PlainHeaders } from "./plain-headers.ts";

const PASSED: ReadonlySet<string> = new Set([
  "content-type",
  "etag",
  "request-id",
  "idempotent-replayed",
  "retry-after",
]);
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205]);

/** The system's answer for the tool: status, body and a few headers. No cookie, no address, no challenge. */
export function answerResponse({ status, headers, body }: InboundResponse): GatewayAnswer {
  return {
    status,
    headers: passedHeaders(headers),
    body: WITHOUT_BODY.has(status) ? null : new Uint8Array(body),
  };
}

/** The same for a body that is passed on as it comes; `transfer-encoding` tells the listener so. */
export function answerStream(
  { status, headers }: Omit<InboundResponse, "body">,
  body: ReadableStream<Uint8Array>,
): GatewayAnswer {
  const passed = passedHeaders(headers);
  passed.set("transfer-encoding", "chunked");
  return { status, headers: passed, body };
}

function passedHeaders(headers: InboundResponse["headers"]): PlainHeaders {
  const passed = new PlainHeaders([["cache-control", "no-store"]]);
  for (const [name, value] of Object.entries(headers)) {
    if (PASSED.has(name) || name.startsWith("stripe-")) passed.set(name, value);
  }
  return passed;
}
