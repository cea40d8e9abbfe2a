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
  return OWN.has(name) || name.startsWith("x-forwarded-") || isMethodOverride(name);
}

/** Headers by which some servers take another method than the one of the request. */
export function isMethodOverride(name: string): boolean {
  return /^x-http-method|method-override|^x-method/.test(name);
}
