import { REASONS, Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { ApprovalLogin } from "../approvals/approval-login.ts";
import { DecidedAlready } from "../approvals/approver-refusal.ts";
import { answerPage, decidedPage, refusedPage, waitingPage } from "./approvals-page.ts";
import { readFormRequest } from "./read-form-request.ts";

const MAX_REASON = 512;
const MAX_PARAMETER = 4_096;

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
    page(async () => answerPage(200, waitingPage(await login.finish(readResponse(req.raw))))),
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

/** Each parameter once: which of two would count is not ours to choose. */
function readResponse(request: Request): {
  code?: string | undefined;
  state?: string | undefined;
  iss?: string | undefined;
  error?: string | undefined;
} {
  const { searchParams } = new URL(request.url);
  const one = (name: string): string | undefined => {
    const values = searchParams.getAll(name);
    if (values.length > 1 || (values[0]?.length ?? 0) > MAX_PARAMETER)
      throw new Refusal("login_refused", { detail: `${name} is not one short text`, failedFact: "user" });
    return values[0];
  };
  return { code: one("code"), state: one("state"), iss: one("iss"), error: one("error") };
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
      return error instanceof DecidedAlready
        ? answerPage(409, refusedPage(`It is ${error.state} already.`))
        : answerPage(status, refusedPage(text));
    }
  };
}
