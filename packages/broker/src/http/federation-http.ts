import { Hono } from "hono";
import type { Federation } from "../federation.ts";
import { answerJson } from "./answer-json.ts";
import { answerPublic } from "./discovery-route.ts";

/**
 * The federation issuer over HTTP: `GET /.well-known/openid-configuration` (below the issuer's path, where it has one) and
 * `GET /jwks`. It issues nothing over HTTP; its tokens are made inside of adapters only.
 */
export function federationHttp(federation: Federation): Hono {
  const path = new URL(federation.metadata.issuer).pathname.replace(/\/$/, "");
  const app = new Hono();
  app.get(`${path}/.well-known/openid-configuration`, () =>
    answerPublic("application/json", federation.metadata),
  );
  app.get(`${path}/jwks`, () => answerPublic("application/jwk-set+json", federation.keys));
  app.notFound(() => answerJson(404, { error: "not_found" }));
  return app;
}
