import { type GatewayRequest, type SeenAction, parseArguments } from "@watchword/core";
import type { AwsSettings } from "./aws-options.ts";
import { operationOf } from "./plan-authority.ts";
import { readItemRequest } from "./read-item-request.ts";
import { readObjectRequest } from "./read-object-request.ts";
import { refuseHeaders } from "./refuse-headers.ts";
import { requestMismatch } from "./request-mismatch.ts";

/**
 * Reads the action back from a tool's request, in its one spelling.
 *
 * @throws Refusal `request_mismatch` for anything else
 */
export function readRequest(settings: AwsSettings, request: GatewayRequest): SeenAction {
  refuseHeaders(request);
  const seen = request.path === "/" ? readItemRequest(settings, request) : readObjectRequest(request);
  try {
    return { ...seen, arguments: parseArguments(operationOf(seen.operation), seen.arguments) };
  } catch {
    throw requestMismatch("an argument is not in its one spelling");
  }
}
