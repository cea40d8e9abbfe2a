import { Refusal } from "./refusal.ts";

/**
 * A request in canonical form. It is matched in this form and sent in this form; the bytes that the tool wrote go no
 * further. `path` is `/` alone, or begins with `/` and holds no percent-encoded, empty, `.` or `..` segment.
 */
export interface GatewayRequest {
  /** Upper case. */
  readonly method: string;
  readonly path: string;
  /** Decoded pairs in order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Lower-case names; credentials, cookies, hop-by-hop and forwarding headers are already gone. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What leaves for the downstream system, built by an adapter from decided values. */
export interface OutboundRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

const SEGMENT = /^[A-Za-z0-9._~!$&'()*+,;=:@-]+$/;
/** `.` and `..`, also before a path parameter: some servers cut `;x` off first, and `..;` is then `..`. */
const DOTS = /^\.{1,2}(?:;|$)/;
const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const DROPPED: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "cookie2",
  "dpop",
  "host",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "transfer-encoding",
  "content-length",
  "proxy-connection",
  "expect",
  "forwarded",
  "via",
  "x-http-method-override",
  "x-http-method",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
]);

/**
 * Brings a request into canonical form, or refuses it: no other spelling of a path reaches a matcher or a system.
 *
 * @throws Refusal `target_refused`
 */
export function canonicalRequest(parts: {
  method: string;
  target: string;
  headers: Iterable<readonly [string, string]>;
  body: Uint8Array;
}): GatewayRequest {
  if (!METHODS.has(parts.method)) throw refused("method is not allowed");
  const [path = "", query, ...rest] = parts.target.split("?");
  if (rest.length > 0) throw refused("target holds a second question mark");
  if (parts.target.includes("#")) throw refused("target holds a fragment");
  return {
    method: parts.method,
    path: canonicalPath(path),
    query: readQuery(query),
    headers: readHeaders(parts.headers),
    body: parts.body,
  };
}

function canonicalPath(path: string): string {
  // What systems are asked at that name all of it in headers and body.
  if (path === "/") return path;
  const segments = path.split("/");
  if (segments.shift() !== "" || segments.length === 0) throw refused("path does not begin with a slash");
  for (const segment of segments) {
    if (!SEGMENT.test(segment) || DOTS.test(segment)) throw refused("path is not in canonical form");
  }
  return path;
}

function readQuery(query: string | undefined): (readonly [string, string])[] {
  if (query === undefined || query === "") return [];
  return readForm(query);
}

/**
 * Reads `application/x-www-form-urlencoded` text into pairs. Broken percent-encoding is refused instead of repaired.
 *
 * @throws Refusal `target_refused`
 */
export function readForm(text: string): (readonly [string, string])[] {
  return text.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    return equals === -1
      ? ([decodePart(pair), ""] as const)
      : ([decodePart(pair.slice(0, equals)), decodePart(pair.slice(equals + 1))] as const);
  });
}

function decodePart(part: string): string {
  try {
    const text = decodeURIComponent(part.replaceAll("+", " "));
    if (text.isWellFormed() && !text.includes("\u0000")) return text;
  } catch {
    // Falls through to the refusal.
  }
  throw refused("form encoding is broken");
}

function readHeaders(headers: Iterable<readonly [string, string]>): Record<string, string> {
  const kept: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    // An underscore is a second spelling of a dash behind some servers (CVE-2025-64484).
    if (lower.includes("_") || DROPPED.has(lower) || lower.startsWith("x-forwarded-")) continue;
    if (lower in kept) throw refused("header is repeated");
    kept[lower] = value;
  }
  return { ...kept };
}

function refused(detail: string): Refusal {
  return new Refusal("target_refused", { detail, failedFact: "action" });
}
