import { overridesMethod } from "./overrides-method.ts";

const OWN: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "cookie2",
  "dpop",
  "expect",
  "forwarded",
  "host",
  "keep-alive",
  "location",
  "proxy-authorization",
  "proxy-connection",
  "referer",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "via",
  "x-original-url",
  "x-rewrite-url",
]);

/** Whether a header routes, frames, authenticates or overrides: no declaration may write it. */
export function isOwnHeader(name: string): boolean {
  return OWN.has(name) || name.startsWith("x-forwarded-") || overridesMethod(name);
}
