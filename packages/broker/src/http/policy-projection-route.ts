import type { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Projections } from "../projection/projections.ts";
import { answering } from "./answer-approval.ts";
import { answerJson } from "./answer-json.ts";
import { readRunProof, refuseBrowsers } from "./read-approval-request.ts";

/**
 * `GET /policy/projection` with `Authorization: DPoP <run token>` and a proof of the run key: what concerns the run's own agent,
 * signed. With its `ETag` as `If-None-Match` (RFC 9110 section 13.1.2) 304 while nothing changed; 204 where there is none.
 */
export function policyProjectionRoute(
  projections: Projections,
  refused: (refusal: Refusal) => void = () => undefined,
): Hono {
  const answered = answering("DPoP", refused);
  const app = new Hono();
  app.get("/policy/projection", ({ req }) =>
    answered(async () => {
      refuseBrowsers(req.raw);
      const current = await projections.current(readRunProof(req.raw), readTag(req.raw.headers));
      if (current === "none") return new Response(null, { status: 204, headers: FOR_ONE });
      if (current === "unchanged")
        return new Response(null, {
          status: 304,
          headers: { ...FOR_ONE, etag: req.raw.headers.get("if-none-match") ?? "" },
        });
      const response = answerJson(200, { projection: current.token });
      for (const [name, value] of Object.entries({ ...FOR_ONE, etag: `"${current.etag}"` }))
        response.headers.set(name, value);
      return response;
    }),
  );
  app.all("/policy/projection", () => {
    const response = answerJson(405, { error: "invalid_request" });
    response.headers.set("allow", "GET, HEAD");
    return response;
  });
  return app;
}

/** Whoever asked may keep it, and asks each time whether it is still the one; nobody on the way keeps it. */
const FOR_ONE = Object.freeze({ "cache-control": "private, no-cache", vary: "authorization" });

/** One strong tag of ours. Anything else is no tag that we gave, so the whole projection is the answer. */
function readTag(headers: Headers): string | undefined {
  return /^"([A-Za-z0-9_-]{43})"$/.exec(headers.get("if-none-match") ?? "")?.[1];
}
