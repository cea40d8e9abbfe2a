import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { ApiRequest } from "./sql-api.ts";

const MAX_BODY_BYTES = 262_144;
const unzip = promisify(gunzip);

/** Reads a request whole; `undefined` when it is larger than 256 KiB. */
export async function readApiRequest(incoming: IncomingMessage): Promise<ApiRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const url = new URL(incoming.url ?? "/", "http://twin.invalid");
  const header = (name: string): string | undefined => {
    const value = incoming.headers[name];
    return typeof value === "string" ? value : undefined;
  };
  const bytes = Buffer.concat(chunks);
  const body =
    header("content-encoding") === "gzip" ? await unzip(bytes, { maxOutputLength: MAX_BODY_BYTES }) : bytes;
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    contentType: header("content-type"),
    body: body.toString(),
    authorization: header("authorization"),
    tokenType: header("x-snowflake-authorization-token-type"),
    userAgent: header("user-agent"),
  };
}

/** Writes an answer. */
export function sendAnswer(
  outgoing: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  outgoing.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
