import {
  type ApprovalQuestion,
  type ApprovalState,
  type ApprovalStatus,
  type ApprovalWaiting,
  type BrokerClient,
  Refusal,
  readCompactJws,
  sha256,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import {
  type PendingAction,
  type Schedule,
  createRuntime,
  httpBroker,
  waitForApproval,
  withdrawApproval,
} from "../src/index.ts";
import { fakeBroker } from "../src/testing/index.ts";
import { clock, refundTool } from "./payments-tools.ts";

const ID = `apr_${"0".repeat(32)}`;
const ISSUER = "https://broker.example";

type Told = ApprovalState | "break" | Refusal;

/** A broker whose approval goes the way that a test says; what it was asked, in order. */
function scripted(script: { events?: Told[][]; states?: Told[] }): {
  broker: BrokerClient;
  asked: string[];
  questions: ApprovalQuestion[];
  waits: number[];
  schedule: Schedule;
} {
  const asked: string[] = [];
  const questions: ApprovalQuestion[] = [];
  const waits: number[] = [];
  const told = (what: Told | undefined): ApprovalStatus => {
    if (what instanceof Refusal) throw what;
    if (what === undefined || what === "break") throw new Refusal("broker_unavailable");
    return { id: ID, state: what, expires_at: 2_000_000_000, interval: 7 };
  };
  const approvals: ApprovalWaiting = {
    state: async (question) => {
      asked.push("state");
      questions.push(question);
      return told(script.states?.shift());
    },
    async *events(question) {
      asked.push("events");
      questions.push(question);
      const round = script.events?.shift();
      if (round === undefined) throw new Refusal("broker_unavailable");
      for (const what of round) yield told(what);
    },
    withdraw: async (question) => {
      asked.push("withdraw");
      questions.push(question);
      return true;
    },
  };
  const fake = fakeBroker({
    clock,
    decide: (_, approvalId) =>
      approvalId === ID ? "allow" : { reason: "approval_required", approvalId: ID },
  });
  return {
    broker: { ...fake.client, approvals },
    asked,
    questions,
    waits,
    schedule: (fn, milliseconds) => {
      waits.push(milliseconds);
      queueMicrotask(fn);
      return () => undefined;
    },
  };
}

/** Runs `fn` inside of a run that has an action waiting. */
async function waiting<Result>(
  broker: BrokerClient,
  fn: (pending: PendingAction, tool: ReturnType<typeof refundTool<string>>["tool"]) => Promise<Result>,
): Promise<Result> {
  const runtime = createRuntime({ broker, workload: async () => "workload", agent: "support@3", clock });
  const { tool } = refundTool(() => "done");
  return runtime.run({}, async () => {
    await tool.execute({ charge: "ch.1", cents: 19_000 });
    const pending = runtime.pending(ID);
    if (pending === undefined) throw new Error("nothing waits");
    return fn(pending, tool);
  });
}

describe("waiting for an approval", () => {
  test.for<{ name: string; events: Told[][]; outcome: string }>([
    { name: "granted", events: [["pending", "granted"]], outcome: "granted" },
    { name: "denied", events: [["pending", "denied"]], outcome: "denied" },
    { name: "expired", events: [["expired"]], outcome: "expired" },
    { name: "withdrawn", events: [["withdrawn"]], outcome: "withdrawn" },
    { name: "spent already, which it cannot be without a yes", events: [["spent"]], outcome: "granted" },
  ])("hears by an event that it was $name", async ({ events, outcome }) => {
    const { broker, schedule, asked } = scripted({ events });
    expect(await waiting(broker, (pending) => waitForApproval(pending, { schedule }))).toBe(outcome);
    expect(asked).toEqual(["events"]);
  });

  test("asks at the broker's interval where events do not get through", async () => {
    const { broker, schedule, asked, waits } = scripted({ states: ["pending", "break", "granted"] });
    expect(await waiting(broker, (pending) => waitForApproval(pending, { schedule }))).toBe("granted");
    expect(asked).toEqual(["events", "state", "events", "state", "events", "state"]);
    expect(waits).toEqual([7_000, 7_000]);
  });

  test("takes up events again after they broke off, and does not take the end of them for an answer", async () => {
    const { broker, schedule, asked } = scripted({
      events: [["pending"], ["pending", "break"], ["granted"]],
      states: ["pending", "pending"],
    });
    expect(await waiting(broker, (pending) => waitForApproval(pending, { schedule }))).toBe("granted");
    expect(asked).toEqual(["events", "state", "events", "state", "events"]);
  });

  test.for(["approval_mismatch", "run_ended", "token_untrusted"] as const)(
    "ends with a refusal that asking again cannot change: %s",
    async (reason) => {
      const { broker, schedule, asked } = scripted({ events: [[new Refusal(reason)]] });
      await expect(
        waiting(broker, (pending) => waitForApproval(pending, { schedule })),
      ).rejects.toMatchObject({
        reason,
      });
      expect(asked).toEqual(["events"]);
    },
  );

  test("stops by its signal, also between two questions", async () => {
    const { broker } = scripted({ states: ["pending"] });
    const stop = new AbortController();
    const schedule: Schedule = () => {
      queueMicrotask(() => stop.abort(new Error("enough")));
      return () => undefined;
    };
    await expect(
      waiting(broker, (pending) => waitForApproval(pending, { schedule, signal: stop.signal })),
    ).rejects.toThrow("enough");
  });

  test("shows the run's own key for exactly its question, each time anew", async () => {
    const { broker, schedule, questions } = scripted({ states: ["pending", "granted"] });
    await waiting(broker, async (pending) => {
      await waitForApproval(pending, { schedule });
      await withdrawApproval(pending);
    });
    const proofs = await Promise.all(
      questions.map(async ({ dpop, runToken }) => {
        const { claims } = readCompactJws(await dpop("nonce-1"), { allowJwk: true });
        expect(claims["ath"]).toBe(sha256(runToken));
        expect(claims["nonce"]).toBe("nonce-1");
        return [claims["htm"], claims["htu"], claims["jti"]];
      }),
    );
    expect(new Set(proofs.map(([, , jti]) => jti)).size).toBe(proofs.length);
    expect(proofs.map(([method, url]) => [method, url])).toEqual([
      ["GET", `${ISSUER}/approvals/${ID}/events`],
      ["GET", `${ISSUER}/approvals/${ID}/state`],
      ["GET", `${ISSUER}/approvals/${ID}/events`],
      ["GET", `${ISSUER}/approvals/${ID}/state`],
      ["POST", `${ISSUER}/approvals/${ID}/withdrawal`],
    ]);
  });

  test("yields nothing by itself: the action is sent again, and decided anew", async () => {
    const { broker, schedule } = scripted({ events: [["granted"]] });
    const result = await waiting(broker, async (pending, tool) =>
      (await waitForApproval(pending, { schedule })) === "granted"
        ? tool.execute({ charge: "ch.1", cents: 19_000 }, { pending })
        : "denied",
    );
    expect(result).toBe("done");
  });

  test("is nothing that a run which has ended can do", async () => {
    const { broker } = scripted({});
    let kept: PendingAction | undefined;
    await waiting(broker, async (pending) => void (kept = pending));
    if (kept === undefined) throw new Error("nothing waits");
    await expect(waitForApproval(kept)).rejects.toMatchObject({ reason: "no_run" });
  });
});

test("a tool that waits is tested with the fake broker: what becomes of it is said by the test", async () => {
  const becomes: ApprovalState[] = ["pending", "pending", "denied"];
  const fake = fakeBroker({
    clock,
    decide: () => ({ reason: "approval_required", approvalId: ID }),
    approval: () => becomes.shift() ?? "granted",
  });
  const schedule: Schedule = (fn) => {
    queueMicrotask(fn);
    return () => undefined;
  };
  const outcomes = await waiting(fake.client, async (pending) => [
    await waitForApproval(pending, { schedule }),
    await withdrawApproval(pending),
    await waitForApproval(pending, { schedule }),
  ]);
  expect(outcomes).toEqual(["denied", true, "withdrawn"]);
});

describe("over HTTP", () => {
  const question: ApprovalQuestion = {
    approvalId: ID,
    runToken: "canary-run-token",
    dpop: async (nonce) => `proof-${nonce ?? "none"}`,
  };
  const over = (
    answer: (url: string, headers: Headers) => Response,
  ): { approvals: ApprovalWaiting; urls: string[] } => {
    const urls: string[] = [];
    const client = httpBroker({
      issuer: ISSUER,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        urls.push(request.url);
        return answer(request.url, request.headers);
      },
    });
    if (client.approvals === undefined) throw new Error("no approvals");
    return { approvals: client.approvals, urls };
  };
  const status = { id: ID, state: "pending", expires_at: 1, interval: 5 };
  const events = (text: string): Response =>
    new Response(text, { headers: { "content-type": "text/event-stream" } });
  const collect = async (approvals: ApprovalWaiting): Promise<string[]> => {
    const states: string[] = [];
    for await (const { state } of approvals.events(question, new AbortController().signal))
      states.push(state);
    return states;
  };

  test("no token stands in a URL", async () => {
    const { approvals, urls } = over((_url, headers) => {
      expect(headers.get("authorization")).toBe("DPoP canary-run-token");
      return Response.json(status);
    });
    await approvals.state(question);
    expect(urls).toEqual([`${ISSUER}/approvals/${ID}/state`]);
  });

  test("a nonce that is asked for is given, once", async () => {
    const { approvals, urls } = over((_url, headers) =>
      headers.get("dpop") === "proof-n1"
        ? Response.json(status)
        : Response.json({ reason: "proof_nonce_required" }, { status: 401, headers: { "dpop-nonce": "n1" } }),
    );
    expect(await approvals.state(question)).toEqual(status);
    expect(urls).toHaveLength(2);
    const stubborn = over(() =>
      Response.json({ reason: "proof_nonce_required" }, { status: 401, headers: { "dpop-nonce": "n2" } }),
    );
    await expect(stubborn.approvals.state(question)).rejects.toMatchObject({
      reason: "proof_nonce_required",
    });
    expect(stubborn.urls).toHaveLength(2);
  });

  test("events are read as they come, with signs of life between them", async () => {
    const granted = JSON.stringify({ ...status, state: "granted" });
    const text = `event: state\ndata: ${JSON.stringify(status)}\n\n: waiting\n\nevent: state\ndata: ${granted}\n\n`;
    expect(await collect(over(() => events(text)).approvals)).toEqual(["pending", "granted"]);
  });

  test.for<{ name: string; answer: () => Response }>([
    { name: "JSON where events belong", answer: () => Response.json(status) },
    { name: "an event without an end", answer: () => events(`data: ${"x".repeat(10_000)}`) },
    { name: "data that is no JSON", answer: () => events("data: {\n\n") },
    { name: "a page", answer: () => new Response("<p>", { status: 502 }) },
  ])("$name is a broker that does not answer", async ({ answer }) => {
    await expect(collect(over(answer).approvals)).rejects.toMatchObject({ reason: "broker_unavailable" });
  });

  test("a state that nobody knows is none", async () => {
    const { approvals } = over(() => Response.json({ ...status, state: "approved" }));
    await expect(approvals.state(question)).rejects.toMatchObject({ reason: "broker_unavailable" });
    expect(await collect(over(() => events('data: {"state":"approved"}\n\n')).approvals)).toEqual([]);
  });
});
