import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Refusal } from "@watchword/core";

/** What a shim answers to. */
export interface ShimRules {
  /** The one `Host`. */
  readonly name: string;
  readonly token: string;
}

/** A request for the system, in `fetch`'s form. */
export interface ShimRequest {
  /** Path and query below the system's origin. */
  readonly path: string;
  readonly method: string;
  readonly headers: [name: string, value: string][];
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** Bytes of a body that are held for the proof's sake; the gateway allows fewer. */
const MAX_BODY_BYTES = 8_388_608;
/** What belongs to the connection, or names this listener; the token is taken off with `authorization`. */
const NOT_SENT: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Reads one request of a tool's client, if it is one: made for this listener, by somebody who knows its token, and not by a
 * page in a browser.
 *
 * @throws Refusal `target_refused`, `lease_unknown`, `request_malformed`
 */
export async function readShimRequest(
  incoming: IncomingMessage,
  { name, token }: ShimRules,
): Promise<ShimRequest> {
  const pairs = pairsOf(incoming.rawHeaders);
  const valuesOf = (wanted: string): string[] =>
    pairs.filter(([header]) => header === wanted).map(([, value]) => value);
  const hosts = valuesOf("host");
  // INVARIANT: a page that rebinds its name to this address sends that name; a browser says who asks.
  if (hosts.length !== 1 || hosts[0] !== name) throw refused("target_refused", "Host is not this listener");
  if (valuesOf("origin").length > 0 || valuesOf("sec-fetch-site").length > 0)
    throw refused("target_refused", "browsers are not served");
  const target = incoming.url ?? "";
  if (!target.startsWith("/") || target.startsWith("//"))
    throw refused("target_refused", "the target is not in origin form");
  const path = pathFor(target, valuesOf("authorization"), token);
  if (path === undefined) throw refused("lease_unknown", "the token is not this listener's");
  const method = incoming.method ?? "";
  const body = await readBody(incoming);
  return {
    path,
    method,
    headers: pairs.filter(([header]) => !NOT_SENT.has(header)),
    ...(body.byteLength === 0 ? {} : { body }),
  };
}

/** The path for the system, for who knows the token: as the first segment, as Bearer, or as one half of Basic. */
function pathFor(target: string, authorizations: readonly string[], token: string): string | undefined {
  const [, first = "", rest = ""] = /^\/([^/?#]*)(.*)$/s.exec(target) ?? [];
  if (isSame(first, token)) return rest.startsWith("/") ? rest : `/${rest}`;
  const [authorization, ...more] = authorizations;
  if (authorization === undefined || more.length > 0) return undefined;
  const [, scheme = "", shown = ""] = /^(Bearer|token|Basic) +(\S+)$/i.exec(authorization) ?? [];
  const texts =
    scheme.toLowerCase() === "basic" ? Buffer.from(shown, "base64").toString("latin1").split(":") : [shown];
  return texts.some((text) => isSame(text, token)) ? target : undefined;
}

/** By digests, in a time that says nothing about where they differ. */
function isSame(shown: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(shown), digest(token));
}

function pairsOf(raw: readonly string[]): [name: string, value: string][] {
  return raw.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ""]] : [],
  );
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw refused("request_malformed", "the body is too large");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function refused(reason: "target_refused" | "lease_unknown" | "request_malformed", detail: string): Refusal {
  return new Refusal(reason, { detail, failedFact: "credential" });
}
