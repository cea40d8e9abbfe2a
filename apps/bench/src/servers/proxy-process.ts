import { type KeyObject, createPublicKey, hash } from "node:crypto";
import { type IncomingHttpHeaders, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import { serveQuestions, settings } from "../frame/served.ts";
import { check } from "./limit-cryptography.ts";

/** What a bare proxy is started with. */
export interface ProxySettings {
  readonly upstream: string;
  /** Checks the proof's signature and digests its handle, by the cheapest calls that there are; nothing else of it. */
  readonly checks: boolean;
}

/** What belongs to a connection (RFC 9110 section 7.6.1), and what whoever asks shows of itself. */
const DROPPED: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "dpop",
  "host",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);
const SECRET = "Bearer rk_test_bench_0123456789abcdef";

const { upstream, checks } = settings() as ProxySettings;
const dispatcher = new Agent();
const keys = new Map<string, KeyObject>();

/** The usual gateway of one shared key: everything streams through, and the key is put on. */
const server = createServer((incoming, outgoing) => {
  if (checks && !isProved(incoming.headers)) return void outgoing.writeHead(401).end();
  void dispatcher
    .stream(
      {
        origin: upstream,
        path: (incoming.url ?? "").replace(/^\/[^/]+/, ""),
        method: incoming.method ?? "",
        headers: outbound(incoming.headers),
        body: incoming,
      },
      ({ statusCode, headers }) => outgoing.writeHead(statusCode, inbound(headers)),
    )
    .catch(() => outgoing.destroy());
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
serveQuestions({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await dispatcher.close();
});

function outbound(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = { authorization: SECRET };
  for (const name of Object.keys(headers)) if (!DROPPED.has(name)) kept[name] = headers[name];
  return kept;
}

function inbound(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {};
  for (const name of Object.keys(headers)) if (!DROPPED.has(name)) kept[name] = headers[name];
  return kept;
}

function isProved({ dpop, authorization = "" }: IncomingHttpHeaders): boolean {
  const proof = String(dpop);
  const [head = "", claims = ""] = proof.split(".");
  const { jwk } = JSON.parse(Buffer.from(head, "base64url").toString()) as { jwk: { x: string } };
  const { ath } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { ath: string };
  const key = keys.get(jwk.x) ?? createPublicKey({ key: { ...jwk }, format: "jwk" });
  keys.set(jwk.x, key);
  check(key, proof);
  return ath === hash("sha256", authorization.slice(5), "base64url");
}
