import { type GatewayRequest, Refusal, readForm } from "@watchword/core";
import { requestMismatch } from "./request-mismatch.ts";

/** Parameters in the order of the request. */
export type Pairs = readonly (readonly [name: string, value: string])[];

const MAX_FORM_BYTES = 16_384;
const FORM = /^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/**
 * The parameters of a request: its query for GET and DELETE, its form for POST, never both. Anything that two parsers could read
 * differently is refused: another content type, a content encoding, broken UTF-8, a body on GET.
 *
 * @throws Refusal `request_mismatch`
 */
export function readParameters(request: GatewayRequest): Pairs {
  if (request.headers["content-encoding"] !== undefined)
    throw requestMismatch("a content encoding is not accepted");
  if (request.method !== "POST") {
    if (request.body.byteLength > 0) throw requestMismatch(`${request.method} with a body`);
    return request.query;
  }
  if (request.query.length > 0) throw requestMismatch("POST with a query");
  if (request.body.byteLength === 0) return [];
  if (request.body.byteLength > MAX_FORM_BYTES)
    throw requestMismatch(`form is larger than ${MAX_FORM_BYTES} bytes`);
  if (!FORM.test(request.headers["content-type"] ?? "")) throw requestMismatch("body is not a form");
  return parseForm(request.body);
}

/** Writes parameters in one spelling.. */
export function writeForm(pairs: Pairs): string {
  const form = new URLSearchParams();
  for (const [name, value] of pairs) form.append(name, value);
  return form.toString();
}

function parseForm(body: Uint8Array): Pairs {
  try {
    return readForm(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch (error) {
    throw requestMismatch(Refusal.is(error) ? "form encoding is broken" : "form is not UTF-8");
  }
}
