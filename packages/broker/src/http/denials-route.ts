import { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Projections } from "../projection/projections.ts";
import { answerJson, answerOtherMethod } from "./answer-json.ts";
import { readFormRequest } from "./read-form-request.ts";

/** `POST /denials`: the run token as `token` and a `denial-batch+jwt` as `batch` in the form. The batch's signature is the proof. */
export function denialsRoute(projections: Projections): Hono {
  const app = new Hono();
  app.post("/denials", async ({ req }) => {
    const form = await readFormRequest(req.raw);
    const [token, batch] = [form.get("token"), form.get("batch")];
    if (token === undefined || batch === undefined)
      throw new Refusal("request_malformed", { detail: "token or batch is missing", failedFact: "token" });
    return answerJson(200, { taken: await projections.report(token, batch) });
  });
  app.all("/denials", answerOtherMethod);
  return app;
}
