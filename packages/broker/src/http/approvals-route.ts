import type { Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Approvals } from "../approvals.ts";
import { answering } from "./answer-approval.ts";
import { answerJson } from "./answer-json.ts";
import { readBearer, readDecision, refuseBrowsers } from "./read-approval-request.ts";

/**
 * For approvers, with their own token as `Authorization: Bearer`: `GET /approvals`, `GET /approvals/{id}` and `POST
 * /approvals/{id}/decision` with `{ verdict, reason? }` in JSON. Where a login is configured, somebody who comes by the link
 * without a token is sent to it.
 */
export function approvalsRoute(
  approvals: Approvals,
  refused: (refusal: Refusal) => void = () => undefined,
): Hono {
  const answered = answering("Bearer", refused);
  const app = new Hono();
  app.get("/approvals", ({ req }) =>
    answered(async () => {
      refuseBrowsers(req.raw);
      return answerJson(200, { approvals: await approvals.list(readBearer(req.raw)) });
    }),
  );
  app.get("/approvals/:id", ({ req }) =>
    answered(async () => {
      refuseBrowsers(req.raw);
      // Whichever id it is: the answer says nothing about it.
      if (approvals.login !== undefined && !req.raw.headers.has("authorization")) return toLogin();
      return answerJson(200, await approvals.show(req.param("id"), readBearer(req.raw)));
    }),
  );
  app.post("/approvals/:id/decision", ({ req }) =>
    answered(async () => {
      refuseBrowsers(req.raw);
      const decision = await readDecision(req.raw);
      const decided = await approvals.decide(req.param("id"), { token: readBearer(req.raw), ...decision });
      return answerJson(200, { id: decided.id, state: decided.state });
    }),
  );
  for (const [path, allowed] of [
    ["/approvals", "GET, HEAD"],
    ["/approvals/:id", "GET, HEAD"],
    ["/approvals/:id/decision", "POST"],
  ] as const)
    app.all(path, () => otherMethod(allowed));
  return app;
}

/** `login` below `/approvals`, from wherever the broker is mounted. */
function toLogin(): Response {
  return new Response(null, { status: 303, headers: { location: "login", "cache-control": "no-store" } });
}

function otherMethod(allow: string): Response {
  const response = answerJson(405, { error: "invalid_request" });
  response.headers.set("allow", allow);
  return response;
}
