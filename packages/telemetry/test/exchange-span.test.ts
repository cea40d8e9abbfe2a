import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { Refusal } from "@watchword/core";
import { injectTrace, withExchangeSpan, withPrincipal, withTokenExchangeSpan } from "@watchword/telemetry";
import { describe, expect, test } from "vitest";
import { acme, forgetProviders, frameworkSpan, record } from "./recording.ts";

forgetProviders();

const credential = {
  kind: "restricted-key",
  audience: "https://api.payments.example",
  expiresAt: 1_800_000_300,
  leaseExpiresAt: 1_800_000_060,
  fingerprint: "0123456789abcdef",
  custody: "gateway",
} as const;

describe("an exchange", () => {
  test("is a client span below the tool's, and the broker's server span below that, when both share a process", async () => {
    const { span } = record();
    await withPrincipal(acme, () =>
      frameworkSpan("execute_tool refund", {}, () =>
        withTokenExchangeSpan({ exchange: "act", serverAddress: "broker.internal" }, () =>
          withExchangeSpan({ exchange: "act" }, async (recorder) => {
            recorder.identified(acme);
            recorder.decided({ decisionId: "dec_1", outcome: "allow", policyVersion: "policy_1" });
            recorder.issued(credential);
          }),
        ),
      ),
    );
    const [tool, client, server] = [
      span("execute_tool refund"),
      span("watchword.token_exchange"),
      span("watchword.exchange"),
    ];
    expect(client.kind).toBe(SpanKind.CLIENT);
    expect(client.parentSpanContext?.spanId).toBe(tool.spanContext().spanId);
    expect(client.attributes).toMatchObject({
      "watchword.exchange.kind": "act",
      "server.address": "broker.internal",
      "watchword.tenant.id": "acme",
    });
    expect(server.kind).toBe(SpanKind.SERVER);
    expect(server.parentSpanContext?.spanId).toBe(client.spanContext().spanId);
    expect(server.attributes).toMatchObject({
      "watchword.run.id": "run_1",
      "watchword.decision.outcome": "allow",
      "watchword.credential.fingerprint": "0123456789abcdef",
      "watchword.lease.expires_at": 1_800_000_060,
    });
  });

  test("that denies is no error, whether the denial is answered or thrown", async () => {
    const { spans } = record();
    await withExchangeSpan({ exchange: "act" }, async (recorder) =>
      recorder.decided({ decisionId: "dec_1", outcome: "deny", reason: "not_granted" }),
    );
    const refusal = new Refusal("not_granted", { detail: "canary-detail" });
    await expect(withExchangeSpan({ exchange: "act" }, () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(spans()).toHaveLength(2);
    for (const { status, events, attributes } of spans()) {
      expect(status).toEqual({ code: SpanStatusCode.UNSET });
      expect(events).toEqual([]);
      expect(attributes).toMatchObject({
        "watchword.decision.outcome": "deny",
        "watchword.decision.reason": "not_granted",
        "error.type": "not_granted",
      });
    }
  });

  test("that waits for an approval has no error type", async () => {
    const { span } = record();
    const waiting = new Refusal("approval_required");
    await expect(withExchangeSpan({ exchange: "act" }, () => Promise.reject(waiting))).rejects.toBe(waiting);
    const { attributes } = span("watchword.exchange");
    expect(attributes).toMatchObject({ "watchword.decision.outcome": "approval_required" });
    expect(attributes).not.toHaveProperty("error.type");
  });

  test("that fails on our side is an error with its reason, and an unplanned error with a fixed text", async () => {
    const { spans } = record();
    const failures = [new Refusal("ledger_unavailable"), new TypeError("canary-secret"), "canary-text"];
    for (const failure of failures)
      await expect(withExchangeSpan({ exchange: "act" }, () => Promise.reject(failure))).rejects.toBe(
        failure,
      );
    expect(
      spans().map(({ status, attributes }) => [status.code, status.message, attributes["error.type"]]),
    ).toEqual([
      [SpanStatusCode.ERROR, "ledger_unavailable", "ledger_unavailable"],
      [SpanStatusCode.ERROR, "unplanned error", "TypeError"],
      [SpanStatusCode.ERROR, "unplanned error", "string"],
    ]);
    expect(JSON.stringify(spans().map(({ events }) => events))).not.toContain("canary");
  });
});

describe("a traceparent from the network", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const spanId = "b7ad6b7169203331";
  const exchangeWith = (traceparent: string) =>
    withExchangeSpan({ exchange: "act", remote: new Headers({ traceparent }) }, async () => {});

  test("becomes a link of a new root: a forged one joins nobody's trace", async () => {
    const { span } = record();
    await exchangeWith(`00-${traceId}-${spanId}-01`);
    const exchange = span("watchword.exchange");
    expect(exchange.parentSpanContext).toBeUndefined();
    expect(exchange.spanContext().traceId).not.toBe(traceId);
    expect(exchange.links).toMatchObject([{ context: { traceId, spanId, traceFlags: 1, isRemote: true } }]);
  });

  test("does not become the parent by way of the active span either, which instrumentation may have made from it", async () => {
    const { span } = record();
    const remote = { traceId, spanId, traceFlags: 1, isRemote: true };
    await frameworkSpan("POST /token", {}, () => exchangeWith(`00-${traceId}-${spanId}-01`));
    expect(span("watchword.exchange").parentSpanContext).toBeUndefined();
    expect(span("watchword.exchange").links).toMatchObject([{ context: remote }]);
  });

  test.for([
    "",
    "forged",
    `00-${traceId}-${spanId}`,
    `01-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`,
  ])("that is not well-formed (%s) is no link, and still no parent", async (traceparent) => {
    const { span } = record();
    await exchangeWith(traceparent);
    expect(span("watchword.exchange")).toMatchObject({ links: [] });
    expect(span("watchword.exchange").parentSpanContext).toBeUndefined();
  });

  test("is written from the active span, replaces one that was there, and brings nothing else along", async () => {
    const { span } = record();
    const given = { Traceparent: "00-forged", Accept: "application/json" };
    const sent = await frameworkSpan("execute_tool refund", {}, async () => injectTrace(given));
    const { traceId: own, spanId: ownSpan } = span("execute_tool refund").spanContext();
    expect(sent).toEqual({ Accept: "application/json", traceparent: `00-${own}-${ownSpan}-01` });
    expect(given).toEqual({ Traceparent: "00-forged", Accept: "application/json" });
    expect(injectTrace({ Accept: "application/json" })).toEqual({ Accept: "application/json" });
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});
