import { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Tokens } from "../tokens.ts";
import { answerJson, answerOtherMethod } from "./answer-json.ts";
import { answerFor } from "./caller-of-answer.ts";
import { readFormRequest } from "./read-form-request.ts";
import { readPresentedToken } from "./read-presented-token.ts";

/** `POST /revoke` (RFC 7009): `token` in the form, presented once more with a proof of its key. */
export function revocationRoute(tokens: Tokens): Hono {
  const app = new Hono();
  app.post("/revoke", async ({ req }) => {
    const form = await readFormRequest(req.raw, { authorization: true });
    const token = form.get("token");
    if (token === undefined)
      throw new Refusal("request_malformed", { detail: "token is missing", failedFact: "token" });
    const presented = readPresentedToken(req.raw.headers, token);
    if ("workload" in presented)
      throw new Refusal("caller_unknown", {
        detail: "a workload revokes no token; its holder does",
        failedFact: "token",
      });
    const revoked = await tokens.revoke({ token, proof: presented.proof });
    // A proof alone anybody can make, with a key of their own, and "revoked" is what every token is that nobody knows.
    return answerFor(revoked === "nothing" ? "stranger" : "known", answerJson(200, {}));
  });
  app.all("/revoke", answerOtherMethod);
  return app;
}
