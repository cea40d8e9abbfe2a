import type { ApprovalStatus, Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Approvals } from "../approvals.ts";
import { answering } from "./answer-approval.ts";
import { answerJson } from "./answer-json.ts";
import { readRunProof, refuseBrowsers } from "./read-approval-request.ts";

/**
 * For the runtime that waits, with `Authorization: DPoP <run token>` and a proof of the run key: `GET /approvals/{id}/state`,
 * `GET /approvals/{id}/events` as server-sent events, `POST /approvals/{id}/withdrawal`.
 */
export function approvalsWaitingRoute(
  approvals: Approvals,
  refused: (refusal: Refusal) => void = () => undefined,
): Hono {
  const answered = answering("DPoP", refused);
  const app = new Hono();
  app.get("/approvals/:id/state", ({ req }) =>
    answered(async () => {
      refuseBrowsers(req.raw);
      return answerJson(200, await approvals.state(req.param("id"), readRunProof(req.raw)));
    }),
  );
  app.get("/approvals/:id/events", ({ req }) =>
    answered(async () => {
      refuseBrowsers(req.raw);
      const leaving = new AbortController();
      const signal = AbortSignal.any([leaving.signal, req.raw.signal]);
      const states = await approvals.watch(req.param("id"), readRunProof(req.raw), signal);
      // The first answer is waited for: what is refused then has a status.
      const first = await states.next();
      return answerEvents(states, first, () => leaving.abort());
    }),
  );
  app.post("/approvals/:id/withdrawal", ({ req }) =>
    answered(async () => {
      refuseBrowsers(req.raw);
      const withdrawn = await approvals.withdrawByRun(req.param("id"), readRunProof(req.raw));
      return answerJson(200, { withdrawn });
    }),
  );
  for (const [name, allow] of [
    ["state", "GET, HEAD"],
    ["events", "GET, HEAD"],
    ["withdrawal", "POST"],
  ] as const) {
    app.all(`/approvals/:id/${name}`, () => {
      const response = answerJson(405, { error: "invalid_request" });
      response.headers.set("allow", allow);
      return response;
    });
  }
  return app;
}

type States = AsyncGenerator<ApprovalStatus | null>;

/** One event per change; a comment as a sign of life. The way is broken rather than an error told in it. */
function answerEvents(
  states: States,
  first: IteratorResult<ApprovalStatus | null, unknown>,
  leave: () => void,
): Response {
  const encoder = new TextEncoder();
  let next: IteratorResult<ApprovalStatus | null, unknown> | undefined = first;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = next ?? (await states.next());
      next = undefined;
      if (done === true) controller.close();
      else
        controller.enqueue(
          encoder.encode(
            value === null ? ": waiting\n\n" : `event: state\ndata: ${JSON.stringify(value)}\n\n`,
          ),
        );
    },
    async cancel() {
      leave();
      await states.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      // A proxy that collects what it passes on would keep the news to itself.
      "x-accel-buffering": "no",
    },
  });
}
