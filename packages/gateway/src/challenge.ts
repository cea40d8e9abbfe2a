import { REASONS, isReason } from "@watchword/core";
import { REASON_HEADER } from "./answer-refusal.ts";
import type { GatewayAnswer, GatewayIncoming } from "./gateway-exchange.ts";

/**
 * Completes the challenge of a refusal (RFC 9449 section 7.1): what was wrong with what was shown, and where the metadata
 * are that say whose handles are taken (RFC 9728 section 5.1). A caller that showed nothing is told no error (RFC 6750
 * section 3.1). What a system answered is left alone.
 */
export function challenge(
  response: GatewayAnswer,
  request: GatewayIncoming,
  metadataUrl: string | undefined,
): void {
  const scheme = response.headers.get("www-authenticate");
  const reason = response.headers.get(REASON_HEADER);
  if (scheme === null || !isReason(reason)) return;
  const error = request.headers.has("authorization") ? [`error="${REASONS[reason].oauth}"`] : [];
  const metadata = metadataUrl === undefined ? [] : [`resource_metadata="${metadataUrl}"`];
  response.headers.set("www-authenticate", [scheme, ...error, ...metadata].join(", "));
}
