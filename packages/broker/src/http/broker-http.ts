import { type BrokerClient, Refusal } from "@watchword/core";
import { Hono } from "hono";
import type { Approvals } from "../approvals.ts";
import type { Discovery } from "../discovery.ts";
import type { Evidence } from "../evidence/post-evidence.ts";
import type { LedgerHealth } from "../ledger/broker-ledger.ts";
import type { Projections } from "../projection/projections.ts";
import type { Tenants } from "../tenants.ts";
import type { Tokens } from "../tokens.ts";
import { answerJson, answerRefusal } from "./answer-json.ts";
import { approvalsLoginRoute } from "./approvals-login-route.ts";
import { approvalsRoute } from "./approvals-route.ts";
import { approvalsWaitingRoute } from "./approvals-waiting-route.ts";
import { consentRoute } from "./consent-route.ts";
import { denialsRoute } from "./denials-route.ts";
import { discoveryRoute } from "./discovery-route.ts";
import { endRunRoute } from "./end-run-route.ts";
import { evidenceRoute } from "./evidence-route.ts";
import { healthRoute } from "./health-route.ts";
import { introspectionRoute } from "./introspection-route.ts";
import { paceStrangers } from "./pace-strangers.ts";
import { policyProjectionRoute } from "./policy-projection-route.ts";
import { revocationRoute } from "./revocation-route.ts";
import type { PaceTime } from "./strangers-pace.ts";
import { tokenRoute } from "./token-route.ts";

/** Options of {@link brokerHttp}; a `Broker` is one. */
export interface BrokerHttpOptions {
  readonly client: BrokerClient;
  /** Where people decide, and runtimes wait for it; without it nobody. */
  readonly approvals?: Approvals;
  /** Where signed test results go; without it nothing takes them. */
  readonly evidence?: Evidence;
  /** By what runtimes deny by themselves, and where they say so; without it they ask about everything. */
  readonly projections?: Projections;
  /** Where people who consent at a system come back to; without it nobody does. */
  readonly tenants?: Pick<Tenants, "finishConsent">;
  /** Who introspects and revokes; without it nobody. */
  readonly tokens?: Tokens;
  /** What the broker says of itself; without it nothing. */
  readonly discovery?: Discovery;
  /** How the ledger's checkpoints stand, for `/healthz`. */
  readonly ledgerHealth?: () => LedgerHealth;
  /** Is told what was refused before the exchange saw it, and what went wrong. For logs; it decides nothing. */
  readonly onRefusal?: (refusal: Refusal) => void;
  /** By which time strangers are paced; for tests. */
  readonly time?: PaceTime;
}

/**
 * The broker over HTTP: the same exchange with the same signatures as in the same process, so the same answers. Serve
 * its `fetch` with any server for `Request` and `Response`, or mount it below another Hono application.
 *
 * @example
 * ```ts
 * listener.serve((request) => brokerHttp(broker).fetch(request));
 * ```
 */
export function brokerHttp(options: BrokerHttpOptions): Hono {
  const { client, approvals, evidence, projections, tenants, tokens, discovery, ledgerHealth, onRefusal } =
    options;
  const app = new Hono();
  app.use(paceStrangers(options.time));
  if (discovery !== undefined) app.route("/", discoveryRoute(discovery));
  if (tokens !== undefined) {
    app.route("/", introspectionRoute(tokens));
    app.route("/", revocationRoute(tokens));
  }
  if (approvals !== undefined) {
    const refused = (refusal: Refusal): void => tell(onRefusal, refusal);
    const { login } = approvals;
    if (login !== undefined) app.route("/", approvalsLoginRoute(login, client.issuer, refused));
    app.route("/", approvalsWaitingRoute(approvals, refused));
    app.route("/", approvalsRoute(approvals, refused));
  }
  if (projections !== undefined) {
    app.route(
      "/",
      policyProjectionRoute(projections, (refusal) => tell(onRefusal, refusal)),
    );
    app.route("/", denialsRoute(projections));
  }
  if (tenants !== undefined)
    app.route(
      "/",
      consentRoute(tenants, (refusal) => tell(onRefusal, refusal)),
    );
  if (evidence !== undefined) app.route("/", evidenceRoute(evidence));
  for (const route of [tokenRoute(client), endRunRoute(client), healthRoute(ledgerHealth)])
    app.route("/", route);
  app.notFound(() => answerJson(404, { error: "not_found" }));
  app.onError((error) => {
    // What nobody planned for may quote a token: only its class name goes on.
    const refusal = Refusal.from(error, "internal");
    tell(onRefusal, refusal);
    return answerRefusal(refusal);
  });
  return app;
}

function tell(listener: BrokerHttpOptions["onRefusal"], refusal: Refusal): void {
  try {
    const told: unknown = listener?.(refusal);
    // An asynchronous listener fails later; unhandled, that would end the process.
    if (told instanceof Promise) told.catch(() => undefined);
  } catch {
    // A broken log must not turn an answer into something else.
  }
}
