import { REASONS, type Reason, isRetryable } from "@watchword/core";
import type { GatewayAnswer } from "./gateway-exchange.ts";
import { PlainHeaders } from "./plain-headers.ts";

/** Header that tells a gateway's refusal from an answer of the system; no downstream header of this name passes. */
export const REASON_HEADER = "watchword-reason";

/** The answer to a refused request: coarse and stable, never the detail. `status` only where HTTP itself was broken. */
export function answerRefusal(
  reason: Reason,
  status: number = REASONS[reason].status,
  retryAfterSeconds?: number,
): GatewayAnswer {
  const { oauth, text } = REASONS[reason];
  const headers = new PlainHeaders([
    ["content-type", "application/json"],
    ["cache-control", "no-store"],
    [REASON_HEADER, reason],
  ]);
  if (retryAfterSeconds !== undefined) headers.set("retry-after", String(retryAfterSeconds));
  // RFC 9449 section 7.1
  if (status === 401) headers.set("www-authenticate", 'DPoP algs="ES256"');
  const body = JSON.stringify({
    error: oauth,
    error_description: text,
    reason,
    retryable: isRetryable(reason),
  });
  return { status, headers, body: new Uint8Array(Buffer.from(body)) };
}
