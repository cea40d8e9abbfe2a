import { REASONS, Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Tenants } from "../tenants.ts";
import { answerFor, callerOf } from "./caller-of-answer.ts";
import { answerPage, escaped, htmlPage } from "./html-page.ts";
import { readRedirect } from "./read-redirect.ts";

/**
 * `GET /connections/consent`: where a system sends the browser of a person who was asked to consent. The page says one sentence;
 * the connection is the operators' to look at. No cookie is set or read.
 */
export function consentRoute(
  tenants: Pick<Tenants, "finishConsent">,
  refused: (refusal: Refusal) => void = () => undefined,
): Hono {
  const app = new Hono();
  app.get("/connections/consent", async ({ req }) => {
    try {
      const { tenant, system } = await tenants.finishConsent(readRedirect(req.raw, "consent_refused"));
      return page(200, `${tenant} is connected to ${system}. You can close this page.`);
    } catch (error) {
      if (!Refusal.is(error)) throw error;
      refused(error);
      const { status, text } = REASONS[error.reason];
      return answerFor(callerOf(error), page(status, text));
    }
  });
  return app;
}

function page(status: number, text: string): Response {
  return answerPage(status, htmlPage("Connection", `<p>${escaped(text)}</p>`));
}
