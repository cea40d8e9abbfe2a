import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiAnswer, ApiRequest } from "./stripe-api.ts";

const MAX_BODY_BYTES = 65_536;

/** Reads a request whole; `undefined` when it is larger than 64 KiB. */
export async function readApiRequest(incoming: IncomingMessage): Promise<ApiRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const [path = "/", query = ""] = (incoming.url ?? "/").split("?", 2);
  const { authorization } = incoming.headers;
  const [account, idempotencyKey] = [
    incoming.headers["stripe-account"],
    incoming.headers["idempotency-key"],
  ].map((value) => (typeof value === "string" ? value : undefined));
  return {
    method: incoming.method ?? "GET",
    path,
    query,
    form: Buffer.concat(chunks).toString(),
    headers: { authorization, account, idempotencyKey },
  };
}

/** Writes an answer as Stripe does. */
export function sendAnswer(outgoing: ServerResponse, answer: ApiAnswer): void {
  const headers: Record<string, string> = { "content-type": "application/json", "request-id": "req_twin" };
  if (answer.replayed) headers["idempotent-replayed"] = "true";
  outgoing.writeHead(answer.status, headers).end(JSON.stringify(answer.body));
}
