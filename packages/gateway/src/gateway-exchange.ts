import type { PlainHeaders, ReadHeaders } from "./plain-headers.ts";

/** What the gateway reads of a request; a platform's `Request` is one. */
export interface GatewayIncoming {
  readonly method: string;
  readonly headers: ReadHeaders;
  readonly body: AsyncIterable<Uint8Array> | Uint8Array | null;
}

/** What the gateway answers. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: PlainHeaders;
  /** A stream is written as it comes. */
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

/** The gateway without the platform's objects around it, for a listener that has none either. */
export type DirectHandler = (request: GatewayIncoming, rawTarget: string) => Promise<GatewayAnswer>;

/** Under what a gateway's `fetch` has its direct handler. */
const DIRECT = Symbol("watchword.gateway.direct");

/** Gives a handler the way without the platform's objects: both must do the same. */
export function withDirect<Handler extends object>(handler: Handler, direct: DirectHandler): Handler {
  return Object.assign(handler, { [DIRECT]: direct });
}

/** The direct way of a handler that has one. */
export function directOf(handler: object): DirectHandler | undefined {
  return DIRECT in handler ? (handler[DIRECT] as DirectHandler) : undefined;
}

/** The answer as the platform's. */
export function responseOf({ status, headers, body }: GatewayAnswer): Response {
  return new Response(body, { status, headers: [...headers] });
}
