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
    return answerToken(
      await client.token({
        ...readTokenRequest(form, readProofHeader(req.raw.headers)),
        // Said also when there is none: what came over the network is the child of no span here, whoever left one active.
        traceparent: req.raw.headers.get("traceparent") ?? "",
      }),
    );
  });
  app.all("/token", answerOtherMethod);
  return app;
}

/** Every parameter of the exchange, and whether RFC 8693 section 2.1 wants it. */
const PARAMETERS = {
  grant_type: "required",
  subject_token: "required",
  subject_token_type: "required",
  actor_token: "optional",
  actor_token_type: "optional",
  requested_token_type: "optional",
  audience: "optional",
  resource: "optional",
  scope: "optional",
  authorization_details: "optional",
} as const satisfies Record<Exclude<keyof TokenRequest, "dpop" | "traceparent">, "required" | "optional">;

/** Only what the exchange knows goes in; RFC 6749 section 3.2 says to ignore the rest. */
function readTokenRequest(form: ReadonlyMap<string, string>, dpop: string | undefined): TokenRequest {
  const request: Record<string, string> = {};
  for (const [name, need] of Object.entries(PARAMETERS)) {
    const value = form.get(name);
    if (value !== undefined) request[name] = value;
    else if (need === "required")
      throw new Refusal("request_malformed", { detail: `${name} is missing`, failedFact: "token" });
  }
  // Every required parameter is there by now.
  return { ...(request as unknown as TokenRequest), ...(dpop === undefined ? {} : { dpop }) };
}
