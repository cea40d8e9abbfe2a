import { AsyncResource } from "node:async_hooks";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { sha256 } from "@watchword/core";
import { type PendingAction, currentRun, delegate } from "@watchword/middleware";
import { checkTrace } from "@watchword/telemetry";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RecordedTraces, recordTraces } from "./recorded-traces.ts";
import { FAILURE, brokenRefund, greedyRefund, lookup, merge, refund } from "./traces-tools.ts";
import {
  PULLS,
  SUBJECT,
  type TracesWorld,
  type Way,
  shown,
  startEvals,
  tracesWorld,
} from "./traces-world.ts";

/** A timer that the story lets go off once: the heartbeat's first. It runs in the context that set it, as a real one does. */
function oneBeat() {
  const timers: (() => void)[] = [];
  const renewed = Promise.withResolvers<void>();
  return {
    schedule: (fn: () => void) => {
      if (timers.push(AsyncResource.bind(fn)) === 2) renewed.resolve();
      return () => undefined;
    },
    beat: () => (timers[0]?.(), renewed.promise),
  };
}

/** What a support agent does in its run; each call is found again by its id. */
async function supportStory(world: TracesWorld): Promise<void> {
  const { schedule, beat } = oneBeat();
  const user = { token: await world.token(SUBJECT, { org_id: "acme" }) };
  const runtime = await world.runtime("support@3", { schedule });
  const kept: { pending?: PendingAction } = {};
  await runtime.run({ user, thread: "thread-1" }, async () => {
    trace.getTracer("model").startSpan("chat").end();
    await refund.execute({ charge: "ch_1", cents: 4_200 }, { toolCallId: "allowed" });
    await refund.execute({ charge: "ch_globex", cents: 4_200 }, { toolCallId: "denied" });
    await refund.execute(
      { charge: "ch_2", cents: 19_000 },
      { toolCallId: "waiting", onApprovalRequired: (pending) => void (kept.pending = pending) },
    );
    await beat();
    await brokenRefund.execute({ charge: "ch_3", cents: 1_000 }, { toolCallId: "broken" });
    await greedyRefund.execute({ charge: "ch_4", cents: 10 }, { toolCallId: "greedy" });
    await delegate({ agent: "refund-lookup@1" }, async () => {
      expect(currentRun()?.chain).toEqual(["support@3", "refund-lookup@1"]);
      await lookup.execute({ charge: "ch_1" }, { toolCallId: "looked-up" });
    });
    await delegate({ agent: "coder@2" }, () => undefined).catch((error: unknown) => world.heard.push(error));
  });
  const { pending } = kept;
  if (pending === undefined) throw new Error("nothing waits for approval");
  const lead = await world.token("lena", { org_id: "acme", groups: ["leads"] });
  await world.server.broker.approvals.decide(pending.approval_id, { token: lead, verdict: "approve" });
  await runtime.resume("thread-1", { user }, () =>
    refund.execute({ charge: "ch_2", cents: 19_000 }, { toolCallId: "approved", pending }),
  );
  expect(world.payments.requests.filter(({ kind }) => kind === "effect")).toHaveLength(2);
}

/** What a code agent does: merges that are too early, while the code host is down, green, and answered by a failure. */
async function mergeStory(world: TracesWorld): Promise<void> {
  const runtime = await world.runtime("coder@2");
  const { feature: number, other } = PULLS;
  await runtime.run({}, async () => {
    const finish = startEvals(world.code, "feature");
    await merge.execute({ number }, { toolCallId: "too-early" });
    finish();
    world.code.fail("500");
    await merge.execute({ number }, { toolCallId: "host-down" });
    world.code.fail(null);
    expect(await merge.execute({ number }, { toolCallId: "merged" })).toBe(true);
    startEvals(world.code, "other")();
    world.code.fail("drop-after-effect");
    await merge.execute({ number: other }, { toolCallId: "unknown" });
    world.code.fail(null);
  });
  await world.server.broker.sweep();
  expect([number, other].map((pull) => world.code.pull("acme/app", pull)?.merged)).toEqual([true, true]);
}

describe.each<Way>(["in one process", "over HTTP"])("traces of the whole way, %s", (way) => {
  let traces: RecordedTraces;
  let world: TracesWorld;

  beforeAll(async () => {
    traces = recordTraces();
    world = await tracesWorld(way);
    await supportStory(world);
    await mergeStory(world);
  });
  afterAll(async () => {
    traces[Symbol.dispose]();
    await world[Symbol.asyncDispose]();
  });

  /** A call's tool span, the runtime's exchange below it and the broker's side. */
  const spansOf = (callId: string) => {
    const tool = traces.tool(callId);
    const asked = traces.askedBy(tool);
    return { tool, asked, answered: traces.answered(asked) };
  };
  const said = (span: ReadableSpan, ...names: string[]): unknown[] =>
    names.map((name) => span.attributes[name]);

  test("an allowed refund says who, for whom, under which decision, on every one of its spans", () => {
    const { tool, asked, answered } = spansOf("allowed");
    for (const span of [tool, asked, answered])
      expect(span.attributes).toMatchObject({
        "gen_ai.agent.id": "support@3",
        "gen_ai.agent.name": "support",
        "gen_ai.agent.version": "3",
        "gen_ai.conversation.id": "thread-1",
        "user.hash": expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
        "watchword.tenant.id": "acme",
        "watchword.run.id": expect.stringMatching(/^run_[0-9a-f]{32}$/),
        "watchword.run.background": false,
        "watchword.principal.kind": "user",
        "watchword.delegation.depth": 0,
        "watchword.delegation.chain": ["support"],
        "watchword.action.system": "payments",
        "watchword.action.operation": "refunds.create",
        "watchword.action.digest": expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        "watchword.decision.id": expect.stringMatching(/^dec_[0-9a-f]{32}$/),
        "watchword.decision.outcome": "allow",
        "watchword.policy.version": world.server.policyVersion,
        "watchword.approval.state": "none",
        "watchword.evidence.state": "none",
      });
    expect(tool.attributes).toMatchObject({ "gen_ai.tool.name": "refund", "watchword.access": "write" });
    for (const name of ["run.id", "run.root_id", "action.digest", "decision.id"])
      expect(new Set(said(tool, `watchword.${name}`).concat(said(answered, `watchword.${name}`))).size).toBe(
        1,
      );
    expect(tool.attributes["error.type"]).toBeUndefined();
  });

  test("its user is a keyed hash: the same on both sides and in the next run, and no digest of the subject", () => {
    const hashes = ["allowed", "approved"].flatMap((callId) => {
      const { tool, answered } = spansOf(callId);
      return [...said(tool, "user.hash"), ...said(answered, "user.hash")];
    });
    expect(new Set(hashes).size).toBe(1);
    const login = "https://login.traces.example";
    for (const text of [SUBJECT, `${login}${SUBJECT}`, JSON.stringify(["acme", login, SUBJECT])])
      expect(sha256(text).startsWith(String(hashes[0]))).toBe(false);
  });

  test("its exchange says of the credential what it is, for what and until when, and which one: not the credential", () => {
    const { asked, answered } = spansOf("allowed");
    const now = Date.now() / 1_000;
    for (const span of [asked, answered]) {
      expect(span.attributes).toMatchObject({
        "watchword.credential.kind": "restricted-key",
        "watchword.credential.audience": "payments",
        "watchword.credential.scope": ["payments/refunds.create"],
        "watchword.credential.custody": "gateway",
        "watchword.lease.id": expect.stringMatching(/^lease_[0-9a-f]{32}$/),
      });
      expect(span.attributes["watchword.lease.expires_at"]).toBeGreaterThan(now);
      expect(span.attributes["watchword.lease.expires_at"]).toBeLessThanOrEqual(now + 60);
    }
    const [ours, theirs] = [asked, answered].map((span) => said(span, "watchword.credential.fingerprint")[0]);
    expect([ours, String(ours).length > 8]).toEqual([theirs, true]);
  });

  test("a denial says its reason and is no error; nothing of a credential is said", () => {
    const { tool, asked, answered } = spansOf("denied");
    for (const span of [tool, asked, answered]) {
      expect(span.attributes).toMatchObject({
        "watchword.decision.id": expect.stringMatching(/^dec_/),
        "watchword.decision.outcome": "deny",
        "watchword.decision.reason": "tenant_mismatch",
        "error.type": "tenant_mismatch",
        "watchword.action.digest": expect.any(String),
        "watchword.run.id": expect.any(String),
      });
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
      expect(Object.keys(span.attributes).join()).not.toMatch(/watchword\.(?:credential|lease)\./);
    }
    expect(answered.attributes["watchword.policy.version"]).toBe(world.server.policyVersion);
  });

  test("what waits for a person says so, and after the yes that it was granted, under the same digest", () => {
    const waiting = spansOf("waiting");
    for (const span of [waiting.tool, waiting.answered]) {
      expect(said(span, "watchword.decision.outcome", "watchword.approval.state", "error.type")).toEqual([
        "approval_required",
        "pending",
        undefined,
      ]);
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
    }
    const approved = spansOf("approved");
    for (const span of [approved.tool, approved.answered])
      expect(said(span, "watchword.decision.outcome", "watchword.approval.state")).toEqual([
        "allow",
        "granted",
      ]);
    const digest = "watchword.action.digest";
    expect(approved.answered.attributes[digest]).toBe(waiting.tool.attributes[digest]);
    expect(approved.tool.attributes["watchword.run.id"]).not.toBe(
      waiting.tool.attributes["watchword.run.id"],
    );
  });

  test("a subagent's look-up goes under its own name, with its chain, its depth and its parent's run", () => {
    const parent = spansOf("allowed").tool.attributes["watchword.run.id"];
    const { tool, answered } = spansOf("looked-up");
    for (const span of [tool, answered])
      expect(span.attributes).toMatchObject({
        "gen_ai.agent.id": "refund-lookup@1",
        "watchword.delegation.depth": 1,
        "watchword.delegation.chain": ["support", "refund-lookup"],
        "watchword.run.parent_id": parent,
        "watchword.run.root_id": parent,
        "watchword.decision.outcome": "allow",
      });
    expect(tool.attributes["watchword.run.id"]).not.toBe(parent);
    expect(tool.attributes["watchword.access"]).toBe("read");
  });

  test("starts, renewals and delegations say whose they are, on both sides; a refused one why", () => {
    const parent = spansOf("allowed").tool.attributes["watchword.run.id"];
    const kinds = ["start", "renew", "delegate"].map((kind) => traces.asked(kind));
    expect(kinds.map(({ length }) => length)).toEqual([3, 1, 2]);
    for (const asked of kinds.flat()) {
      const answered = traces.answered(asked);
      expect(answered.attributes["watchword.exchange.kind"]).toBe(
        asked.attributes["watchword.exchange.kind"],
      );
      for (const name of ["gen_ai.agent.id", "watchword.run.id", "watchword.tenant.id", "user.hash"]) {
        expect(answered.attributes[name]).toEqual(expect.any(String));
        expect(asked.attributes[name]).toBe(answered.attributes[name]);
      }
      expect(asked.attributes["server.address"]).toBe("broker.traces.example");
    }
    for (const asked of kinds.slice(1).flat()) expect(asked.attributes["watchword.run.id"]).toBe(parent);
    const refused = kinds[2]?.[1];
    for (const span of refused === undefined ? [] : [refused, traces.answered(refused)])
      expect(span.attributes).toMatchObject({
        "watchword.decision.outcome": "deny",
        "watchword.decision.reason": "agent_not_allowed",
        "watchword.decision.id": expect.stringMatching(/^dec_/),
      });
    expect(refused?.status.code).toBe(SpanStatusCode.UNSET);
  });

  test("a tool that fails after its allow says that, and not how; one that the gateway stopped says why", () => {
    const { tool: broken } = spansOf("broken");
    expect(said(broken, "watchword.decision.outcome", "error.type")).toEqual(["allow", "tool_failed"]);
    expect(broken.status).toEqual({ code: SpanStatusCode.ERROR, message: "tool_failed" });
    const { tool: greedy } = spansOf("greedy");
    expect(said(greedy, "watchword.decision.outcome", "error.type")).toEqual(["allow", "request_mismatch"]);
    const { tool: unknown } = spansOf("unknown");
    expect(said(unknown, "watchword.decision.outcome", "error.type")).toEqual(["allow", "outcome_unknown"]);
    for (const span of [broken, greedy, unknown]) expect(span.events).toEqual([]);
  });

  test("a merge behind an eval gate says how the evidence stood, and what was minted", () => {
    const early = spansOf("too-early").answered;
    expect(said(early, "watchword.decision.reason", "watchword.evidence.state")).toEqual([
      "eval_pending",
      "pending",
    ]);
    const { tool, answered } = spansOf("merged");
    expect(said(tool, "watchword.decision.outcome", "watchword.evidence.state")).toEqual(["allow", "pass"]);
    expect(tool.attributes).toMatchObject({
      "gen_ai.agent.id": "coder@2",
      "watchword.principal.kind": "agent",
    });
    expect(answered.attributes).toMatchObject({
      "watchword.credential.kind": "installation-token",
      "watchword.credential.audience": "code",
      "watchword.credential.scope": ["code/pull_requests.merge"],
      "watchword.credential.expires_at": expect.any(Number),
    });
  });

  test("a system that is down is an error on both sides; a refusal is none", () => {
    const { tool, answered } = spansOf("host-down");
    for (const span of [tool, answered]) {
      expect(span.attributes["watchword.decision.outcome"]).toBe("deny");
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
      expect(span.status.message).toBe(span.attributes["error.type"]);
    }
    expect(spansOf("too-early").answered.status.code).toBe(SpanStatusCode.UNSET);
  });

  test("whatever else runs inside a run carries its principal", () => {
    const chat = traces.all().filter(({ name }) => name === "chat");
    expect(chat).toHaveLength(1);
    expect(chat[0]?.attributes).toMatchObject({
      "gen_ai.agent.id": "support@3",
      "watchword.run.id": spansOf("allowed").tool.attributes["watchword.run.id"],
    });
  });

  test("the broker's side hangs below the caller's in one process, and only links to it over HTTP", () => {
    for (const callId of ["allowed", "denied", "waiting", "looked-up", "merged"]) {
      const { asked, answered } = spansOf(callId);
      const { traceId, spanId } = asked.spanContext();
      const below = way === "in one process";
      expect(answered.parentSpanContext?.spanId).toBe(below ? spanId : undefined);
      expect(answered.spanContext().traceId === traceId).toBe(below);
      expect(answered.links.map(({ context }) => context.spanId)).toEqual(below ? [] : [spanId]);
    }
  });

  test("the traces conform: every rule holds, with every secret of the story as a canary", () => {
    const canaries = world.secrets();
    expect(canaries.length).toBeGreaterThan(60);
    const [jwt, handle, transaction] = [/^eyJ/, /^[\w-]{43}$/, /^[\w-]{22}$/];
    for (const kind of [jwt, handle, transaction, /^rk_test_/, /^ghs_/, /BEGIN PRIVATE KEY/])
      expect(canaries.some((canary) => kind.test(canary))).toBe(true);
    expect(traces.all().length).toBeGreaterThan(40);
    expect(checkTrace(traces.all(), { canaries })).toEqual([]);
  });

  test("no secret is in any log of the server, error of a runtime or record of the ledger, either", async () => {
    const { store } = world.server;
    const records: unknown[] = [];
    for (const { replica } of await store.ledgerHeads())
      records.push(...(await store.ledger({ replica, limit: 10_000 })));
    const texts = [...world.heard, ...records].map(shown);
    expect(world.heard.length).toBeGreaterThan(5);
    expect(records.length).toBeGreaterThan(10);
    // The subject is personal, not secret: the ledger's erasable side may know it.
    const secrets = world.secrets().filter((secret) => secret !== SUBJECT);
    for (const text of texts) expect(secrets.filter((secret) => text.includes(secret)).length).toBe(0);
    expect(world.heard.map(shown).join("\n")).not.toContain(SUBJECT);
    expect(texts.join("\n")).not.toContain(FAILURE);
  });

  test("each rule fails when it is provoked", () => {
    const canaries = world.secrets();
    const changed = (span: ReadableSpan, change: Readonly<Record<string, unknown>>): ReadableSpan =>
      Object.create(span, { attributes: { value: { ...span.attributes, ...change } } }) as ReadableSpan;
    const rules = (span: ReadableSpan, change: Readonly<Record<string, unknown>>): string[] => {
      const spans = traces.all().map((each) => (each === span ? changed(span, change) : each));
      return checkTrace(spans, { canaries }).map(({ rule }) => rule);
    };
    const { tool, answered } = spansOf("allowed");
    expect(rules(tool, {})).toEqual([]);
    expect(rules(tool, { "watchword.run.id": undefined })).toEqual(["principal_missing"]);
    expect(rules(tool, { "watchword.policy.version": undefined })).toEqual(["decision_missing"]);
    expect(rules(answered, { "watchword.credential.kind": undefined })).toEqual(["credential_incomplete"]);
    // A read needs no principal by the rule; that it is another tenant's is seen all the same.
    expect(rules(spansOf("looked-up").asked, { "watchword.tenant.id": "globex" })).toContain(
      "tenant_differs",
    );
    for (const secret of canaries) {
      const planted = changed(tool, { "gen_ai.tool.call.arguments": JSON.stringify({ secret }) });
      expect(checkTrace([planted], { canaries }).map(({ rule }) => rule)).toEqual(["secret_shown"]);
    }
  });
});

describe("a forged traceparent", () => {
  test.each<Way>(["in one process", "over HTTP"])("joins nothing, %s", async (way) => {
    using traces = recordTraces();
    await using world = await tracesWorld(way);
    const victim = trace.getTracer("victim").startSpan("victim");
    victim.end();
    const { traceId, spanId } = victim.spanContext();
    const forged = `00-${traceId}-${spanId}-01`;
    const runtime = await world.runtime("coder@2", {
      traceparent: forged,
    });
    await runtime.run({}, () => merge.execute({ number: 7 }, { toolCallId: "forged" }));
    const exchanges = traces.all().filter(({ name }) => name === "watchword.exchange");
    expect(exchanges).toHaveLength(2);
    for (const exchange of exchanges) {
      expect(exchange.parentSpanContext).toBeUndefined();
      expect(exchange.links.map(({ context }) => context.traceId)).toEqual([traceId]);
    }
    const joined = traces.all().filter((span) => span.spanContext().traceId === traceId);
    expect(joined.map(({ name }) => name)).toEqual(["victim"]);
  });
});
