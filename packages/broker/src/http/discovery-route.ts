import { Hono } from "hono";
import type { Discovery } from "../discovery.ts";

/** Seconds for which a key set or the metadata may be kept; a new key is published this long before it signs. */
const MAX_AGE_SECONDS = 300;

/**
 * `GET /.well-known/oauth-authorization-server` (RFC 8414; an issuer's path comes after it, section 3.1) and `GET /jwks`,
 * and the same of the issuer of access tokens, which is one step below. They hold nothing but what anybody may know.
 */
export function discoveryRoute(discovery: Discovery): Hono {
  const { metadata, access } = discovery;
  const path = new URL(metadata.issuer).pathname.replace(/\/$/, "");
  const app = new Hono();
  app.get(`/.well-known/oauth-authorization-server${path}`, () => answerPublic("application/json", metadata));
  app.get("/jwks", () => answerPublic("application/jwk-set+json", discovery.keys));
  app.get(`/.well-known/oauth-authorization-server${path}/access`, () =>
    answerPublic("application/json", access.metadata),
  );
  app.get("/access/jwks", () => answerPublic("application/jwk-set+json", access.keys));
  return app;
}

/** An answer that holds nothing secret, and that caches may keep for a while. */
export function answerPublic(type: string, members: object): Response {
  return new Response(JSON.stringify(members), {
    headers: {
      "content-type": type,
      "cache-control": `public, max-age=${MAX_AGE_SECONDS}`,
      "x-content-type-options": "nosniff",
    },
  });
}
