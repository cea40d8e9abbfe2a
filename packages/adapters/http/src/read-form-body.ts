import { type GatewayRequest, readForm } from "@watchword/core";
import type { ArgumentParts } from "./argument-parts.ts";
import type { Placement } from "./placement.ts";
import { type Pairs, readPairs } from "./read-pairs.ts";
import { requestMismatch } from "./request-mismatch.ts";

const FORM_TYPE = /^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?\s*$/i;
const MAX_FORM_BYTES = 65_536;

/**
 * Reads a form body: one spelling of one reading, with exactly the declared fields.
 *
 * @throws Refusal `request_mismatch`
 */
export function readFormBody(
  places: readonly Placement[],
  { headers, body }: GatewayRequest,
  parts: ArgumentParts,
): void {
  if (!FORM_TYPE.test(headers["content-type"] ?? "")) throw requestMismatch("the body is not a form");
  if (body.byteLength > MAX_FORM_BYTES) throw requestMismatch("the form is too large");
  readPairs(places, parseForm(body), parts);
}

function parseForm(body: Uint8Array): Pairs {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return text === "" ? [] : readForm(text);
  } catch {
    throw requestMismatch("the form's encoding is broken");
  }
}
