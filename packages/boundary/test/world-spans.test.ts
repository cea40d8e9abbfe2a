import { SpanStatusCode, context, trace } from "@opentelemetry/api";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import type { Adapter } from "@watchword/core";
import { type SpanPrincipal, withToolSpan } from "@watchword/telemetry";
import { expect, onTestFinished, test } from "vitest";
import {
  type WorldProof,
  boundary,
  findingsOf,
  runBoundary,
  sameProcess,
  terminalReport,
  verdictOf,
} from "../src/index.ts";
import { boundaryMatchers } from "../src/vitest/boundary-matchers.ts";
import { worldHolds } from "../src/world-holds.ts";
import { readSpans, sentSpans } from "../src/cells/sent-spans.ts";
import { loadTracing } from "../src/world/load-tracing.ts";
import { checkSpans, worldSpans } from "../src/world/world-spans.ts";
import { agentIn, emptyScene } from "../src/vitest/scene.ts";
import { payments } from "./payments.ts";
import { PAYMENTS, policyOf } from "./policies.ts";
import { reportWith } from "./sample-report.ts";

const PRINCIPAL: SpanPrincipal = {
  agent: "support@1",
  run: "run_1",
  tenant: "acme",
  thread: "thread_1",
  principalKind: "user",
  depth: 0,
  chain: ["support"],
};
const policy = policyOf(PAYMENTS);
const world = (adapter?: (adapter: Adapter) => Adapter) =>
  sameProcess(adapter === undefined ? {} : { instead: { adapter } })({ policy, systems: { payments } });
/** The adapter, with something more done while it mints, on the exchange's span. */
const minting =
  (more: (secret: string) => void) =>
  (adapter: Adapter): Adapter =>
    Object.create(adapter, {
      mint: {
        value: (async (authority, call) => {
          call.connection.secret.open((secret) => more(secret));
          return adapter.mint(authority, call);
        }) satisfies Adapter["mint"],
        enumerable: true,
      },
    }) as Adapter;
const read = (opened: Awaited<ReturnType<typeof world>>) =>
  agentIn(opened, emptyScene(), "support", { tenant: "acme" }).propose("payments/charges.retrieve", {
    charge: "ch_example",
  });

test("the spans of an attempt say who acted, as the ledger does, and hold no secret", async () => {
  await using opened = await world();
  const attempt = await read(opened);
  const { agent, tenant, run } = attempt.principal ?? {};
  expect(attempt).toMatchObject({ outcome: "allowed", traced: { agent, tenant, run } });
  expect(attempt.traced).toEqual({
    agent: "support@1",
    tenant: "acme",
    run: expect.stringMatching(/./) as unknown,
  });
  const { leaks, trace: proof } = await opened.prove();
  expect(leaks).toEqual([]);
  expect(proof).toEqual({ spans: 2, tools: 0, problems: [], why: null });
});

test("what happens in two worlds at once is told apart", async () => {
  await using one = await world();
  await using other = await world();
  await Promise.all([read(one), read(other), read(other)]);
  expect((await one.prove()).trace).toMatchObject({ spans: 2, problems: [] });
  expect((await other.prove()).trace?.spans).toBeGreaterThan(2);
});

test("a secret in an attribute of a span is found by the span's and the attribute's name", async () => {
  const leaking = minting((secret) => trace.getActiveSpan()?.setAttribute("debug.key", `key=${secret}`));
  const report = await runBoundary(
    boundary({ policy, systems: { payments } }, (b) => {
      b.narrowing("read");
      b.noStandingSecret();
    }),
    { openWorld: sameProcess({ instead: { adapter: leaking } }) },
  );
  const place = "span watchword.exchange: a canary in attribute debug.key (secret shown)";
  expect(report.passed).toBe(false);
  expect(report.world.leaks).toEqual([place]);
  expect(findingsOf(report).map(({ title }) => title)).toEqual([
    "noStandingSecret does not hold",
    `a secret was found in ${place}`,
  ]);
  expect(JSON.stringify(report)).not.toContain("canary_");
});

test("an exchange whose span names nobody is no proof, and the principal of its attempt is in doubt", async () => {
  const erasing = minting(() => trace.getActiveSpan()?.setAttribute("watchword.tenant.id", ""));
  await using opened = await world(erasing);
  const attempt = await read(opened);
  expect(attempt).toMatchObject({ outcome: "allowed", traced: { tenant: "" } });
  expect(() => boundaryMatchers.toHavePrincipal(attempt, { agent: "support" })).toThrow(
    /the ledger says .*tenant acme.*; the spans of dec_\S+ say .*tenant ,/,
  );
  const proof = await opened.prove();
  expect(proof.trace?.problems).toEqual([
    "span watchword.exchange: watchword.tenant.id is missing (principal missing)",
  ]);
  expect(worldHolds(proof)).toBe(false);
  const report = reportWith({ world: { ...reportWith().world, trace: proof.trace } as WorldProof });
  expect(findingsOf(report).map(({ kind, title }) => [kind, title])).toEqual([
    ["trace_broken", `a trace does not say who acted: ${proof.trace?.problems[0] ?? ""}`],
  ]);
  expect(verdictOf(report).code).toBe(1);
  expect(terminalReport(report)).toContain("✗ spans are not as they must be, in one way");
});

test("a tool with effects that no guard saw is found in the trace of its world", async () => {
  await using spans = worldSpans(await loadTracing());
  await spans.inside(async () => {
    trace.getTracer("framework").startSpan("execute_tool refund").end();
    await withToolSpan({ tool: "pay", callId: "call_1", access: "write" }, PRINCIPAL, async () => {
      await Promise.resolve();
      trace.getTracer("http").startSpan("POST").end();
    });
  });
  trace.getTracer("framework").startSpan("execute_tool elsewhere").end();
  const { trace: proof } = checkSpans(spans.finished(), []);
  expect(proof.spans).toBe(3);
  expect(proof.problems).toEqual(
    ["gen_ai.agent.id", "watchword.run.id", "watchword.tenant.id", "watchword.principal.kind"].map(
      (name) => `span execute_tool refund: ${name} is missing (principal missing)`,
    ),
  );
});

test("the spans of an app's guarded tools are among them, each with its principal", async () => {
  await using opened = await sameProcess()({
    policy,
    systems: { payments },
    tools: () => import("./app-tools.ts"),
  });
  const args = { charge: "ch_example", amount: { minor: 4_200, currency: "USD" } };
  const support = agentIn(opened, emptyScene(), "support", { tenant: "acme" });
  const attempt = await opened.attempt({
    ...support.situation("payments/refunds.create", args),
    call: { tool: "refund", args: JSON.stringify({ charge: "ch_example", cents: 4_200 }) },
  });
  expect(attempt).toMatchObject({ outcome: "allowed", traced: { agent: "support@1", tenant: "acme" } });
  const { leaks, trace: proof } = await opened.prove();
  expect({ leaks, ...proof }).toMatchObject({ leaks: [], tools: 1, problems: [] });
});

test("spans of another cell are looked at like one's own, wherever a secret is in them", async () => {
  const secret = "rk_live_canary\nof two lines";
  await using spans = worldSpans(await loadTracing());
  const tracer = trace.getTracer("app");
  spans.inside(() => {
    const outer = tracer.startSpan(`named ${secret}`, { attributes: { "watchword.tenant.id": "acme" } });
    const inner = trace.setSpan(context.active(), outer);
    const link = { context: outer.spanContext(), attributes: { link: secret } };
    const span = tracer.startSpan(
      "inner",
      { attributes: { "watchword.tenant.id": "globex" }, links: [link] },
      inner,
    );
    span.setAttribute("list", ["a", secret]);
    span.addEvent("happened", { value: secret });
    span.setStatus({ code: SpanStatusCode.ERROR, message: secret });
    span.end();
    outer.end();
  });
  const own = checkSpans(spans.finished(), [secret]);
  const sent = JSON.parse(JSON.stringify(sentSpans(spans.finished()))) as ReturnType<typeof sentSpans>;
  expect(checkSpans(readSpans(sent), [secret])).toEqual(own);
  expect(
    own.leaks.map((leak) => leak.replace(/^span (.*): a canary in (.*) \(secret shown\)$/, "$1, $2")),
  ).toEqual([
    "inner, attribute list",
    "inner, event attribute value",
    "inner, link attribute link",
    "inner, its status",
    "(name withheld), its name",
  ]);
  expect(own.trace.problems).toEqual([
    "span inner: the tenant of the span above is another (tenant differs)",
  ]);
});

test("where somebody else's provider gets the spans, or none can be had, that is said", async () => {
  const provider = new BasicTracerProvider();
  expect(trace.setGlobalTracerProvider(provider)).toBe(true);
  onTestFinished(() => trace.disable());
  const text = "npm install";
  for (const [tracing, why] of [
    [await loadTracing(), "another tracer provider is registered"],
    [{ why: text }, text],
  ] as const) {
    await using spans = worldSpans(tracing);
    expect(spans.inside(() => 1)).toBe(1);
    expect(spans.traced("dec_1")).toBe(undefined);
    expect(checkSpans(spans.finished(), [])).toEqual({
      leaks: [],
      trace: { spans: null, tools: 0, problems: [], why: expect.stringContaining(why) as unknown },
    });
  }
  const report = reportWith({
    world: { ...reportWith().world, trace: { spans: null, tools: 0, problems: [], why: text } },
  });
  expect(terminalReport(report)).toContain("· spans: nobody could look; npm install");
  expect(verdictOf(report).code).toBe(0);
});
