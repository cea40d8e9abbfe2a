import { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Evidence } from "../evidence/post-evidence.ts";
import { answerJson, answerOtherMethod } from "./answer-json.ts";
import { readJsonText } from "./read-json-text.ts";

/**
 * `POST /evidence`: a DSSE envelope with an in-toto test result. Its signature says who vouches for it; who brings it along
 * does not matter, so there is no other authentication.
 */
export function evidenceRoute(evidence: Evidence): Hono {
  const app = new Hono();
  app.post("/evidence", async ({ req }) => {
    const kept = await evidence.post(await readJsonText(req.raw));
    if (kept.length === 0) throw new Refusal("request_malformed", { detail: "no commit is named" });
    return answerJson(kept.some(({ fresh }) => fresh) ? 201 : 200, { kept });
  });
  app.all("/evidence", answerOtherMethod);
  return app;
}
