import { REASONS, Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { ApprovalLogin } from "../approvals/approval-login.ts";
import { DecidedAlready } from "../approvals/approver-refusal.ts";
import { decidedPage, refusedPage, waitingPage } from "./approvals-page.ts";
import { answerFor, callerOf } from "./caller-of-answer.ts";
import { answerPage } from "./html-page.ts";
import { readFormRequest } from "./read-form-request.ts";
import { readRedirect } from "./read-redirect.ts";

const MAX_REASON = 512;

/**
 * For people at a browser: `GET /approvals/login` sends them to the login service, its redirect comes back to
 * `GET /approvals/login/callback`, and the page there posts to `/approvals/login/decision`. No cookie is set or read.
 */
export function approvalsLoginRoute(
  login: ApprovalLogin,
  issuer: string,
  refused: (refusal: Refusal) => void = () => undefined,
): Hono {
  const { origin } = new URL(issuer);
  const page = pageOr(refused);
  const app = new Hono();
  app.get("/approvals/login", () =>
    page(async () => {
      const headers = { location: await login.begin(), "cache-control": "no-store" };
      return new Response(null, { status: 303, headers });
    }),
  );
  app.get("/approvals/login/callback", ({ req }) =>
    page(async () =>
      answerPage(200, waitingPage(await login.finish(readRedirect(req.raw, "login_refused")))),
    ),
  );
  app.post("/approvals/login/decision", ({ req }) =>
    page(async () => {
      // INVARIANT: the form is sent by our own page. What it holds nobody else can make, and nobody else may send.
      if (req.raw.headers.get("origin") !== origin)
        throw new Refusal("target_refused", { detail: "another page's form", failedFact: "action" });
      const form = await readFormRequest(req.raw);
      const reason = form.get("reason")?.slice(0, MAX_REASON);
      const { id, state } = await login.decide(form.get("answer") ?? "", reason);
      return answerPage(200, decidedPage(id, state));
    }),
  );
  return app;
}

/** Whatever a person did, they get a page. */
function pageOr(refused: (refusal: Refusal) => void): (work: () => Promise<Response>) => Promise<Response> {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (!Refusal.is(error)) throw error;
      refused(error);
      const { status, text } = REASONS[error.reason];
      const said =
        error instanceof DecidedAlready
          ? answerPage(409, refusedPage(`It is ${error.state} already.`))
          : answerPage(status, refusedPage(text));
      return answerFor(callerOf(error), said);
    }
  };
}
