import { type BrokerClient, Refusal, type TokenRequest } from "@watchword/core";
import { Hono } from "hono";
import { answerOtherMethod, answerToken } from "./answer-json.ts";
import { readFormRequest } from "./read-form-request.ts";
import { readProofHeader } from "./read-proof-header.ts";

/** `POST /token` (RFC 8693): reads the form, hands it to the exchange, and writes its answer; decides nothing. */
export function tokenRoute(client: BrokerClient): Hono {
  const app = new Hono();
  app.post("/token", async ({ req }) => {
    const form = await readFormRequest(req.raw);
    return answerToken(await client.token(readTokenRequest(form, readProofHeader(req.raw.headers))));
  });
  app.all("/token", answerOtherMethod);
  return app;
}

const OPTIONAL = [
  "actor_token",
  "actor_token_type",
  "requested_token_type",
  "audience",
  "resource",
  "scope",
  "authorization_details",
] as const satisfies readonly (keyof TokenRequest)[];

/** Only what the exchange knows goes in; RFC 6749 section 3.2 says to ignore the rest. */
function readTokenRequest(form: ReadonlyMap<string, string>, dpop: string | undefined): TokenRequest {
  const required = (name: string): string => {
    const value = form.get(name);
    if (value === undefined)
      throw new Refusal("request_malformed", { detail: `${name} is missing`, failedFact: "token" });
    return value;
  };
  return {
    grant_type: required("grant_type"),
    subject_token: required("subject_token"),
    subject_token_type: required("subject_token_type"),
    ...Object.fromEntries(OPTIONAL.flatMap((name) => (form.has(name) ? [[name, form.get(name)]] : []))),
    ...(dpop === undefined ? {} : { dpop }),
  };
}
