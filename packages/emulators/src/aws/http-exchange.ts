import type { IncomingMessage, ServerResponse } from "node:http";

const MAX_BODY_BYTES = 1_048_576;

/** A request as it came. */
export interface ApiRequest {
  readonly method: string;
  /** As sent. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What is answered, and what came of it. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** As IAM calls it. */
  readonly action?: string | undefined;
  readonly session?: string | undefined;
  readonly code?: string | undefined;
  /** What changed: a session was given out, or something that is kept. */
  readonly changed?: "mint" | "effect";
}

/** Reads a request whole; `undefined` when it is larger than 1 MiB. */
export async function readApiRequest(incoming: IncomingMessage): Promise<ApiRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const [path = "/", query = ""] = (incoming.url ?? "/").split("?", 2);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : (value ?? ""),
    ]),
  );
  return { method: incoming.method ?? "GET", path, query, headers, body: Buffer.concat(chunks) };
}

/** Writes an answer, at the twin's own time. */
export function sendAnswer(
  outgoing: ServerResponse,
  now: number,
  { status, headers, body }: ApiAnswer,
): void {
  outgoing
    .writeHead(status, {
      date: new Date(now).toUTCString(),
      "x-amz-request-id": "TWIN0123456789AB",
      ...headers,
    })
    .end(status === 204 ? undefined : body);
}
