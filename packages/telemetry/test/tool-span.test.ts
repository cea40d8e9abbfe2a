import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { Refusal } from "@watchword/core";
import { principalSpanProcessor, withPrincipal, withToolSpan } from "@watchword/telemetry";
import { describe, expect, test } from "vitest";
import { acme, forgetProviders, frameworkSpan, record } from "./recording.ts";

forgetProviders();

const call = { tool: "refund", callId: "call_1", access: "write" } as const;
const frameworkAttributes = {
  "gen_ai.operation.name": "execute_tool",
  "gen_ai.tool.name": "refund",
  "gen_ai.tool.call.id": "toolu_1",
};
const allowed = { decisionId: "dec_1", outcome: "allow", policyVersion: "policy_1" } as const;

describe("a tool call", () => {
  test("gets a span of its own when nobody opened one, with the principal on it from its start", async () => {
    const atStart: unknown[] = [];
    const processor = principalSpanProcessor();
    const { span } = record({
      ...processor,
      onStart: (started, parent) => {
        atStart.push({ ...started.attributes });
        processor.onStart(started, parent);
      },
    });
    const result = await withToolSpan(call, acme, async (recorder) => {
      recorder.decided(allowed);
      return "refunded";
    });
    expect(result).toBe("refunded");
    expect(atStart).toMatchObject([{ "watchword.run.id": "run_1", "gen_ai.operation.name": "execute_tool" }]);
    const tool = span("execute_tool refund");
    expect(tool).toMatchObject({ kind: SpanKind.INTERNAL, status: { code: SpanStatusCode.UNSET } });
    expect(tool.attributes).toMatchObject({
      "gen_ai.tool.call.id": "call_1",
      "gen_ai.tool.type": "function",
      "watchword.tenant.id": "acme",
      "watchword.access": "write",
      "watchword.decision.id": "dec_1",
    });
    expect(tool.instrumentationScope).toMatchObject({ name: "@watchword/telemetry", version: "1" });
  });

  test.for([
    ["tool_failed", SpanStatusCode.ERROR],
    ["request_mismatch", SpanStatusCode.UNSET],
  ] as const)(
    "that was allowed and came to nothing says why, beside its allow: %s",
    async ([reason, code]) => {
      const { span } = record();
      await withToolSpan(call, acme, async (recorder) => {
        recorder.decided(allowed);
        recorder.failed(reason);
      });
      const tool = span("execute_tool refund");
      expect(tool.attributes).toMatchObject({
        "error.type": reason,
        "watchword.decision.outcome": "allow",
        "watchword.decision.id": "dec_1",
      });
      expect(tool.attributes["watchword.decision.reason"]).toBeUndefined();
      expect(tool.status.code).toBe(code);
      expect(tool.events).toEqual([]);
    },
  );

  test("uses the framework's span for this tool, and leaves it to the framework to end it", async () => {
    const { spans } = record();
    await frameworkSpan("execute_tool refund", frameworkAttributes, async () => {
      await withToolSpan(call, acme, async (recorder) => recorder.decided(allowed));
      expect(spans()).toEqual([]);
    });
    expect(spans()).toHaveLength(1);
    expect(spans()[0]?.attributes).toMatchObject({
      "gen_ai.tool.call.id": "toolu_1",
      "watchword.call.id": "call_1",
      "watchword.run.id": "run_1",
      "watchword.decision.outcome": "allow",
    });
  });

  test.for([
    { what: "another tool's", name: "execute_tool research", tool: "research" },
    { what: "one whose attributes name another tool", name: "execute_tool refund", tool: "research" },
  ])("never writes its decision on $what span", async ({ name, tool }) => {
    const { spans } = record();
    await frameworkSpan(name, { ...frameworkAttributes, "gen_ai.tool.name": tool }, () =>
      withToolSpan(call, acme, async (recorder) => recorder.decided(allowed)),
    );
    const [own, outer] = spans();
    expect(own).toMatchObject({ name: "execute_tool refund", attributes: { "watchword.run.id": "run_1" } });
    expect(own?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(outer?.attributes).not.toHaveProperty("watchword.decision.id");
  });

  test("recognizes a framework's span by its name where it says nothing else", async () => {
    const { spans } = record();
    await frameworkSpan("execute_tool refund", {}, () => withToolSpan(call, acme, async () => {}));
    await frameworkSpan("execute_tool refund_all", {}, () => withToolSpan(call, acme, async () => {}));
    expect(spans().map(({ name }) => name)).toEqual([
      "execute_tool refund",
      "execute_tool refund",
      "execute_tool refund_all",
    ]);
  });

  test("shares no span with another call of the same tool: one span carries one decision", async () => {
    const { spans } = record();
    const ids = ["dec_1", "dec_2", "dec_3"];
    await frameworkSpan("execute_tool refund", frameworkAttributes, () =>
      Promise.all(
        ids.map((decisionId) =>
          withToolSpan({ ...call, callId: decisionId }, acme, async (recorder) => {
            await Promise.resolve();
            recorder.decided({ ...allowed, decisionId });
          }),
        ),
      ),
    );
    expect(spans()).toHaveLength(3);
    for (const { attributes } of spans())
      expect(attributes["watchword.decision.id"]).toBe(attributes["watchword.call.id"]);
  });

  test("that is correctly denied is no error, and says the reason", async () => {
    const { span } = record();
    await withToolSpan(call, acme, async (recorder) =>
      recorder.decided({ decisionId: "dec_1", outcome: "deny", reason: "tenant_mismatch" }),
    );
    expect(span("execute_tool refund")).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { "error.type": "tenant_mismatch", "watchword.decision.outcome": "deny" },
    });
  });

  test("that throws says the error's type; its message and stack reach no span", async () => {
    const { spans, span } = record();
    const thrown = new RangeError("refused Bearer canary-secret-1", { cause: "canary-secret-2" });
    const failing = withToolSpan(call, acme, () => Promise.reject(thrown));
    await expect(failing).rejects.toBe(thrown);
    const tool = span("execute_tool refund");
    expect(tool.status).toEqual({ code: SpanStatusCode.ERROR, message: "unplanned error" });
    expect(tool.events).toMatchObject([
      { name: "exception", attributes: { "exception.type": "RangeError" } },
    ]);
    const said = JSON.stringify(
      spans().map(({ attributes, events, status }) => [attributes, events, status]),
    );
    expect(said).not.toContain("canary");
  });

  test("that throws a refusal says its reason, on the framework's span too", async () => {
    const { spans } = record();
    const refusal = new Refusal("run_ended", { detail: "canary-secret" });
    const failing = frameworkSpan("execute_tool refund", frameworkAttributes, () =>
      withToolSpan(call, acme, () => Promise.reject(refusal)),
    );
    await expect(failing).rejects.toBe(refusal);
    expect(spans()[0]?.attributes).toMatchObject({
      "error.type": "run_ended",
      "watchword.decision.outcome": "deny",
    });
    expect(JSON.stringify(spans()[0]?.attributes)).not.toContain("canary");
  });
});

describe("the principal of a run", () => {
  test("is on every span inside of it, whoever starts it, and on none outside", async () => {
    const { span } = record(principalSpanProcessor());
    const other = trace.getTracer("http");
    await withPrincipal(acme, async () => {
      await Promise.resolve();
      other.startSpan("GET /orders").end();
      other.startSpan("background job", { root: true }).end();
    });
    other.startSpan("outside").end();
    expect(span("GET /orders").attributes).toMatchObject({ "watchword.tenant.id": "acme" });
    expect(span("background job").attributes).toMatchObject({ "watchword.tenant.id": "acme" });
    expect(span("outside").attributes).toEqual({});
  });

  test("is never another's, however many runs go on at once", async () => {
    const { spans } = record(principalSpanProcessor());
    const tenants = Array.from({ length: 50 }, (_, index) => `tenant-${index}`);
    await Promise.all(
      tenants.map((tenant) =>
        withPrincipal({ ...acme, tenant, run: `run-of-${tenant}` }, async () => {
          for (let turn = 0; turn < 3; turn++) {
            await new Promise(setImmediate);
            trace.getTracer("model").startSpan(`chat ${tenant}`).end();
          }
        }),
      ),
    );
    expect(spans()).toHaveLength(150);
    for (const { name, attributes } of spans()) {
      expect(`chat ${String(attributes["watchword.tenant.id"])}`).toBe(name);
      expect(attributes["watchword.run.id"]).toBe(`run-of-${name.slice("chat ".length)}`);
    }
  });

  test("is the child's inside a delegated run, and the parent's again after it", async () => {
    const { span } = record(principalSpanProcessor());
    const start = (name: string): void => trace.getTracer("model").startSpan(name).end();
    await withPrincipal(acme, async () => {
      await withPrincipal({ ...acme, run: "run_2", parent: "run_1", depth: 1 }, async () => start("child"));
      start("parent");
    });
    expect(span("child").attributes).toMatchObject({ "watchword.run.id": "run_2" });
    expect(span("parent").attributes).toMatchObject({ "watchword.run.id": "run_1" });
  });
});
