import { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Tokens } from "../tokens.ts";
import { answerJson, answerOtherMethod } from "./answer-json.ts";
import { readFormRequest } from "./read-form-request.ts";
import { readPresentedToken } from "./read-presented-token.ts";

/** `POST /introspect` (RFC 7662): `token` in the form, the caller in `Authorization`. No answer of it may be kept. */
export function introspectionRoute(tokens: Tokens): Hono {
  const app = new Hono();
  app.post("/introspect", async ({ req }) => {
    const form = await readFormRequest(req.raw, { authorization: true });
    const token = form.get("token");
    if (token === undefined)
      throw new Refusal("request_malformed", { detail: "token is missing", failedFact: "token" });
    return answerJson(200, await tokens.introspect({ token, ...readPresentedToken(req.raw.headers, token) }));
  });
  app.all("/introspect", answerOtherMethod);
  return app;
}
