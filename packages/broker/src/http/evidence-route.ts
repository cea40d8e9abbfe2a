import { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Evidence } from "../evidence/post-evidence.ts";
import { answerJson, answerOtherMethod } from "./answer-json.ts";
import { readJsonText } from "./read-json-text.ts";
import { readReport } from "./read-report.ts";

/**
 * `POST /evidence`: a DSSE envelope with an in-toto test result, whose signature says who vouches for it, so that it does not
 * matter who brings it; or, with CI's own token as `Authorization: Bearer`, a report of that job.
 */
export function evidenceRoute(evidence: Evidence): Hono {
  const app = new Hono();
  app.post("/evidence", async ({ req }) => {
    const token = readBearer(req.raw.headers);
    if (token !== undefined) {
      const { format, body, source } = await readReport(req.raw);
      const result = await evidence.postAs(token, format, body, source);
      return answerJson(result.fresh ? 201 : 200, { kept: [result] });
    }
    const kept = await evidence.post(await readJsonText(req.raw));
    if (kept.length === 0) throw new Refusal("request_malformed", { detail: "no commit is named" });
    return answerJson(kept.some(({ fresh }) => fresh) ? 201 : 200, { kept });
  });
  app.all("/evidence", answerOtherMethod);
  return app;
}

/** @throws Refusal `token_malformed` when there is an `Authorization` that is not one token */
function readBearer(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization === null) return undefined;
  // RFC 6750 section 2.1; the scheme's name in any letters (RFC 9110 section 11.1).
  const token = /^bearer +([A-Za-z0-9_.-]+)$/i.exec(authorization)?.[1];
  if (token === undefined)
    throw new Refusal("token_malformed", { detail: "not one Bearer token", failedFact: "token" });
  return token;
}
