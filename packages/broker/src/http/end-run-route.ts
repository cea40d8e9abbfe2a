import { type BrokerClient, Refusal } from "@watchword/core";
import { Hono } from "hono";
import { answerJson, answerOtherMethod } from "./answer-json.ts";
import { readFormRequest } from "./read-form-request.ts";
import { readProofHeader } from "./read-proof-header.ts";

/** `POST /runs/end`: the run token as `token` in the form (the name of RFC 7009), its proof in the `DPoP` header. */
export function endRunRoute(client: BrokerClient): Hono {
  const app = new Hono();
  app.post("/runs/end", async ({ req }) => {
    const form = await readFormRequest(req.raw);
    const proof = readProofHeader(req.raw.headers);
    const token = form.get("token");
    if (token === undefined)
      throw new Refusal("request_malformed", { detail: "token is missing", failedFact: "token" });
    if (proof === undefined)
      throw new Refusal("proof_invalid", { detail: "no DPoP header", failedFact: "token" });
    await client.endRun(token, proof);
    return answerJson(200, { ended: true });
  });
  app.all("/runs/end", answerOtherMethod);
  return app;
}
