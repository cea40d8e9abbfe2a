import { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Tokens } from "../tokens.ts";
import { answerJson, answerOtherMethod } from "./answer-json.ts";
import { answerFor } from "./caller-of-answer.ts";
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
    const presented = readPresentedToken(req.raw.headers, token);
    const said = await tokens.introspect({ token, ...presented });
    // A proof alone anybody can make, with a key of their own.
    const caller = "workload" in presented || said.active ? "known" : "stranger";
    return answerFor(caller, answerJson(200, said));
  });
  app.all("/introspect", answerOtherMethod);
  return app;
}
