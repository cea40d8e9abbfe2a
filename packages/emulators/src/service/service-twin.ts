import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Reason, Refusal } from "@watchword/core";
import { type WantedOperation, wantedOperation } from "./wanted-operation.ts";
import type { ServiceCheck } from "./service-check.ts";
import type { ServiceRequest } from "./service-request.ts";

/** A running service of one's own. Each has its own orders, gone with it. */
export interface ServiceTwin extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ServiceRequest[];
  close(): Promise<void>;
}

/** Options of {@link serviceTwin}. */
export interface ServiceTwinOptions {
  /** Orders by the tenant that has them. */
  readonly orders: Readonly<Record<string, readonly string[]>>;
  /** Its guard, made when its own address is known. */
  readonly check: (url: string) => ServiceCheck;
}

interface Answer {
  readonly kind: ServiceRequest["kind"];
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly tenant?: string;
}

const MAX_BODY_BYTES = 65_536;
const UNKNOWN: Answer = Object.freeze({ kind: "refused", status: 404, body: { error: "not_found" } });

/** Starts a service that does nothing but what its check takes a token for, and only for the token's tenant. */
export async function serviceTwin({ orders, check }: ServiceTwinOptions): Promise<ServiceTwin> {
  const requests: ServiceRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const guard = check(url);

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url: target = "/" } = incoming;
    const wanted = wantedOperation(method, target, await bodyOf(incoming));
    const { kind, status, body, tenant } = wanted === undefined ? UNKNOWN : await answer(incoming, wanted);
    requests.push({ kind, method, path: target, status, ...(tenant === undefined ? {} : { tenant }) });
    outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  async function answer(incoming: IncomingMessage, wanted: WantedOperation): Promise<Answer> {
    const { authorization = [], dpop = [] } = incoming.headersDistinct;
    const { method = "GET", url: target = "/" } = incoming;
    let tenant: string;
    try {
      const { operation, values } = wanted;
      const request = { method, target, authorization, dpop };
      ({ tenant } = await guard.verify(request, { operation, arguments: () => values }));
    } catch (error) {
      const { reason } = Refusal.from(error, "internal");
      return { kind: "denied", status: statusOf(reason), body: { error: "invalid_token", reason } };
    }
    // INVARIANT: whose an order is, the token's tenant alone says.
    if (orders[tenant]?.includes(wanted.order) !== true) return { ...UNKNOWN, tenant };
    const done = wanted.operation === "orders.read" ? { id: wanted.order, tenant } : { id: "r_1" };
    return { kind: "effect", status: method === "POST" ? 201 : 200, body: done, tenant };
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return { url, requests, close, [Symbol.asyncDispose]: close };
}

function statusOf(reason: Reason): number {
  if (reason === "request_mismatch" || reason === "tenant_mismatch") return 403;
  if (reason === "broker_unavailable") return 503;
  return reason === "request_malformed" ? 400 : 401;
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw new RangeError("a body of more than 64 KiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
