import { trace } from "@opentelemetry/api";
import {
  type TraceSpan,
  checkTrace,
  principalAttributes,
  withExchangeSpan,
  withToolSpan,
} from "@watchword/telemetry";
import { describe, expect, test } from "vitest";
import { acme, forgetProviders, frameworkSpan, record } from "./recording.ts";

forgetProviders();

const principal = principalAttributes(acme);
const allowed = {
  "watchword.decision.outcome": "allow",
  "watchword.decision.id": "dec_1",
  "watchword.policy.version": "policy_1",
};
const leased = {
  "watchword.credential.kind": "restricted-key",
  "watchword.credential.expires_at": 1_800_000_300,
  "watchword.lease.expires_at": 1_800_000_060,
};

let spanCount = 0;
function span(name: string, attributes: TraceSpan["attributes"], more: Partial<TraceSpan> = {}): TraceSpan {
  const place = { traceId: "trace_1", spanId: `span_${spanCount++}` };
  return { name, attributes, spanContext: () => place, ...more };
}
const rules = (...spans: TraceSpan[]): string[] => checkTrace(spans).map(({ rule }) => rule);

test("what the package itself records conforms, as the real SDK gives it", async () => {
  const { spans } = record();
  await withToolSpan({ tool: "refund", callId: "call_1", access: "write" }, acme, (tool) =>
    withExchangeSpan({ exchange: "act" }, async (exchange) => {
      exchange.identified(acme);
      exchange.issued({
        kind: "restricted-key",
        audience: "https://api.payments.example",
        expiresAt: 1_800_000_300,
        leaseExpiresAt: 1_800_000_060,
        fingerprint: "0123456789abcdef",
        custody: "gateway",
      });
      for (const at of [tool, exchange])
        at.decided({ decisionId: "dec_1", outcome: "allow", policyVersion: "policy_1" });
    }),
  );
  expect(spans()).toHaveLength(2);
  expect(checkTrace(spans())).toEqual([]);
});

test("a tool that no guard saw fails: with effects or unknown, it has no principal", async () => {
  const { spans } = record();
  const attributes = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund" };
  await frameworkSpan("execute_tool refund", attributes, async () => {
    trace.getTracer("http").startSpan("POST /v1/refunds").end();
  });
  expect(checkTrace(spans())).toEqual(
    ["gen_ai.agent.id", "watchword.run.id", "watchword.tenant.id", "watchword.principal.kind"].map(
      (name) => ({
        span: "execute_tool refund",
        rule: "principal_missing",
        detail: `${name} is missing`,
      }),
    ),
  );
});

test("an exchange that was allowed for nobody fails; one that was refused may be anybody's", () => {
  expect(rules(span("watchword.exchange", { ...allowed, ...principal, ...leased }))).toEqual([]);
  expect(rules(span("watchword.exchange", { ...allowed, ...leased }))).toEqual(
    Array.from({ length: 4 }, () => "principal_missing"),
  );
  expect(rules(span("watchword.exchange", { "watchword.decision.outcome": "deny" }))).toEqual([]);
});

describe("a tool span", () => {
  test.for(["gen_ai.agent.id", "watchword.run.id", "watchword.tenant.id", "watchword.principal.kind"])(
    "with effects fails without %s",
    (name) => {
      for (const access of ["write", "unknown", "READ", undefined])
        for (const value of [undefined, ""])
          expect(
            checkTrace([span("execute_tool x", { ...principal, "watchword.access": access, [name]: value })]),
          ).toMatchObject([{ rule: "principal_missing", detail: `${name} is missing` }]);
    },
  );

  test("that only reads needs none", () => {
    expect(rules(span("execute_tool lookup", { "watchword.access": "read" }))).toEqual([]);
  });

  test("is known by its operation too, whatever its name", () => {
    expect(rules(span("refund", { "gen_ai.operation.name": "execute_tool" }))).toContain("principal_missing");
    expect(rules(span("execute_toolbox", {}))).toEqual([]);
  });

  test.for(["watchword.decision.id", "watchword.policy.version"])(
    "with an allow fails without %s",
    (name) => {
      const given = { ...principal, ...allowed, [name]: undefined };
      for (const access of ["read", "write"])
        expect(rules(span("execute_tool x", { ...given, "watchword.access": access }))).toEqual([
          "decision_missing",
        ]);
      expect(rules(span("execute_tool x", { ...given, "watchword.decision.outcome": "deny" }))).toEqual([]);
    },
  );
});

describe("an exchange span with a lease", () => {
  test.for(["watchword.credential.kind", "watchword.lease.expires_at"])("fails without %s", (name) => {
    const incomplete = { "watchword.lease.id": "lease_1", ...leased, [name]: undefined };
    for (const exchange of ["watchword.exchange", "watchword.token_exchange"])
      expect(rules(span(exchange, incomplete))).toEqual(["credential_incomplete"]);
  });

  test("passes with a credential that the system itself never ends: its lease ends", () => {
    const endless = { ...leased, "watchword.credential.expires_at": undefined };
    expect(rules(span("watchword.exchange", endless))).toEqual([]);
  });

  test("passes when complete, and without a lease there is nothing to say", () => {
    expect(rules(span("watchword.exchange", leased), span("watchword.exchange", {}))).toEqual([]);
  });
});

describe("a span of another tenant than the one above it", () => {
  const tenant = (id: string) => ({ "watchword.tenant.id": id });
  const below = (above: TraceSpan) => ({ parentSpanContext: above.spanContext() });

  test("fails, also with spans in between that name no tenant", () => {
    const root = span("run", tenant("acme"));
    const between = span("http", {}, below(root));
    expect(rules(root, between, span("run", tenant("acme"), below(between)))).toEqual([]);
    expect(rules(root, between, span("run", tenant("globex"), below(between)))).toEqual(["tenant_differs"]);
  });

  test("is found in a trace that goes in circles", () => {
    const [first, second] = [
      { traceId: "t", spanId: "1" },
      { traceId: "t", spanId: "2" },
    ];
    const circle = [
      span("a", tenant("acme"), { spanContext: () => first, parentSpanContext: second }),
      span("b", {}, { spanContext: () => second, parentSpanContext: first }),
    ];
    expect(rules(...circle)).toEqual([]);
  });
});

describe("a secret", () => {
  const secrets = [
    ["a JWT", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"],
    ["a GitHub token", "ghs_16C7e42F292c6912E7"],
    ["a Stripe key", "rk_test_51Habcdef"],
    ["a Stripe key", "sk_live_51Habcdef"],
    ["an AWS key", "ASIAIOSFODNN7EXAMPLE"],
    ["an Authorization value", "Bearer hunter2-hunter2"],
    ["an Authorization value", "DPoP Zm9vYmFyYmF6cXV4"],
    ["a PEM block", "-----BEGIN PRIVATE KEY-----\nMIIE"],
    ["a canary", "the-canary/9"],
  ] as const;
  const place = { traceId: "t", spanId: "s" };

  test.for(secrets)("is found wherever a span can hold it (%s), and never quoted", ([what, secret]) => {
    const text = `before ${secret} after`;
    const holders: [string, TraceSpan][] = [
      [`attribute a`, span("x", { a: text })],
      [`attribute a`, span("x", { a: ["innocent", text] })],
      ["attribute name", span("x", { [text]: 1 })],
      ["an attribute (name withheld)", span("x", { [text]: text })],
      ["an event's name", span("x", {}, { events: [{ name: text }] })],
      ["event attribute a", span("x", {}, { events: [{ name: "e", attributes: { a: text } }] })],
      ["link attribute a", span("x", {}, { links: [{ context: place, attributes: { a: text } }] })],
      [
        "a link's trace state",
        span("x", {}, { links: [{ context: { ...place, traceState: { serialize: () => text } } }] }),
      ],
      ["its status", span("x", {}, { status: { message: text } })],
      ["resource attribute a", span("x", {}, { resource: { attributes: { a: text } } })],
      ["its name", span(text, {})],
    ];
    for (const [where, holder] of holders) {
      const problems = checkTrace([holder], { canaries: ["the-canary/9"] });
      expect(problems).toContainEqual({
        span: holder.name === "x" ? "x" : "(name withheld)",
        rule: "secret_shown",
        detail: `${what} in ${where}`,
      });
      expect(JSON.stringify(problems)).not.toContain(secret.slice(-6));
    }
  });

  test("that a test knows is found in its encodings, also within longer texts", () => {
    const canary = 'the canary/"9", spelled out';
    for (const text of [
      encodeURIComponent(canary),
      JSON.stringify({ canary }),
      Buffer.from(canary).toString("hex"),
      Buffer.from(`user:${canary}:`).toString("base64"),
      Buffer.from(`user1:${canary}:`).toString("base64url"),
    ])
      expect(checkTrace([span("x", { a: text })], { canaries: [canary, ""] })).toHaveLength(1);
  });

  test("is not seen in innocent words", () => {
    const innocent = [
      "task_identifier",
      "network_interface",
      "disk_usage",
      "the bearer credential was refused",
      "a DPoP handle, bearer presented",
      "basic information",
      "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      "https://broker.acme.example/runs/run_0199",
      "support@3",
    ];
    expect(checkTrace(innocent.map((text) => span("x", { a: text, b: 1, c: true })))).toEqual([]);
  });
});
