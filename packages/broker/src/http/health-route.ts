import { Hono } from "hono";
import { answerJson } from "./answer-json.ts";

/** `GET /healthz`: this process answers. It says nothing about what it could decide. */
export function healthRoute(): Hono {
  const app = new Hono();
  app.get("/healthz", () => answerJson(200, { status: "ok" }));
  return app;
}
