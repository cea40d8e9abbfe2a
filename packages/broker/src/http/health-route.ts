import { Hono } from "hono";
import type { LedgerHealth } from "../ledger/broker-ledger.ts";
import { answerJson } from "./answer-json.ts";

/**
 * `GET /healthz`: this process answers, and whether its ledger's checkpoints are signed and get outside. It says nothing
 * about what it could decide.
 */
export function healthRoute(ledgerHealth: (() => LedgerHealth) | undefined): Hono {
  const app = new Hono();
  app.get("/healthz", () =>
    answerJson(200, {
      status: "ok",
      ...(ledgerHealth === undefined ? {} : { ledger: ledgerHealth().status }),
    }),
  );
  return app;
}
