import { request } from "node:http";
import {
  type Adapter,
  type LeaseDirectory,
  type OpenedLease,
  type Refusal,
  generateSigner,
  signProof,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { createGateway } from "../src/index.ts";
import { GatewayWorld, READ } from "./gateway-world.ts";
import { LeaseDesk, SECRET } from "./lease-desk.ts";
import { paymentsAdapter } from "./payments-adapter.ts";

const NOW = 1_800_000_000;
const TARGET = "/payments/v1/charges/ch.1";
const streams = { streams: () => true } satisfies Partial<Adapter>;

/** One answer under way, with time, system and broker in the test's hands. */
async function underWay(
  options: {
    readonly lease?: Partial<OpenedLease>;
    readonly standing?: LeaseDirectory["standing"];
    readonly adapter?: Partial<Adapter>;
    readonly headers?: Record<string, string>;
    readonly maxStreamBytes?: number;
    readonly ended?: boolean;
  } = {},
) {
  const desk = new LeaseDesk();
  let now = NOW * 1_000;
  const timers: { readonly at: number; readonly fn: () => void; cancelled: boolean }[] = [];
  const refusals: Refusal[] = [];
  let system: ReadableStreamDefaultController<Uint8Array> | undefined;
  let stopped: AbortSignal | null | undefined;
  const { standing } = options;
  const leases: LeaseDirectory = {
    open: async (handle, proof) => ({ ...(await desk.open(handle, proof)), ...options.lease }),
    claimUse: async (_lease, _request, { jti }) => (desk.log.push("claim"), jti),
    refuse: (...refused) => desk.refuse(...refused),
    settle: (...settled) => desk.settle(...settled),
    ...(standing === undefined ? {} : { standing }),
  };
  const gateway = createGateway({
    url: "https://gateway.example",
    leases,
    systems: {
      payments: paymentsAdapter("https://api.payments.example", { ...streams, ...options.adapter }),
    },
    clock: { now: () => now },
    schedule: (fn, milliseconds) => {
      const timer = { at: now + milliseconds, fn, cancelled: false };
      timers.push(timer);
      return () => void (timer.cancelled = true);
    },
    fetch: async (_input, init) => {
      stopped = init?.signal;
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void (system = controller) });
      if (options.ended === true) system?.close();
      stopped?.addEventListener("abort", () => system?.error(new Error("aborted")));
      return new Response(body, { headers: options.headers ?? {} });
    },
    onRefusal: (refusal) => void refusals.push(refusal),
    ...(options.maxStreamBytes === undefined ? {} : { maxStreamBytes: options.maxStreamBytes }),
  });
  const signer = await generateSigner();
  const handle = await desk.issue(signer, READ);
  const url = `https://gateway.example${TARGET}`;
  const dpop = await signProof(signer, { method: "GET", url, token: handle }, NOW);
  const response = await gateway.fetch(
    new Request(url, { headers: { authorization: `DPoP ${handle}`, dpop } }),
    TARGET,
  );
  const reader = response.body?.getReader();
  return {
    desk,
    refusals,
    response,
    send: (text: string) => system?.enqueue(Buffer.from(text)),
    end: () => system?.close(),
    breakOff: () => system?.error(new Error(`reset, with ${SECRET}`)),
    read: async () => {
      const next = await reader?.read();
      return next?.value === undefined ? undefined : Buffer.from(next.value).toString();
    },
    leave: () => reader?.cancel(),
    /** Lets time pass, and whatever waits for it happen. */
    pass: async (seconds: number) => {
      const until = now + seconds * 1_000;
      for (;;) {
        const [next] = timers
          .filter(({ at, cancelled }) => !cancelled && at <= until)
          .toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        now = Math.max(now, next.at);
        next.cancelled = true;
        next.fn();
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = until;
    },
    stopped: () => stopped?.aborted,
    waiting: () => timers.filter(({ cancelled }) => !cancelled).length,
  };
}

const cuts = ({ desk }: { desk: LeaseDesk }) => desk.outcomes.map(({ effect, cut }) => [effect, cut]);

describe("an answer that the adapter lets be passed on", () => {
  test("comes as it comes, and its outcome is recorded when it has ended", async () => {
    const way = await underWay();
    way.send("one");
    expect(await way.read()).toBe("one");
    expect(way.desk.log).toEqual(["open", "claim"]);
    way.send("two");
    way.end();
    expect([await way.read(), await way.read()]).toEqual(["two", undefined]);
    expect(cuts(way)).toEqual([["done", undefined]]);
    expect(way.waiting()).toBe(0);
  });

  test("is cut before a credential that is parted over two pieces", async () => {
    const way = await underWay();
    way.send(`{"key":"${SECRET.slice(0, 12)}`);
    expect(await way.read()).toBe('{"key":"');
    way.send(`${SECRET.slice(12)}"}`);
    await expect(way.read()).rejects.toMatchObject({ reason: "downstream_refused" });
    expect(cuts(way)).toEqual([["done", "quoted"]]);
    expect(way.stopped()).toBe(true);
    expect(JSON.stringify(way.refusals)).not.toContain("canary");
  });

  test("is not begun when its headers quote the credential", async () => {
    const way = await underWay({ headers: { "stripe-note": SECRET }, ended: true });
    expect(way.response.headers.get("watchword-reason")).toBe("downstream_refused");
  });

  test("takes no more than it may in bytes, and between two pieces in time", async () => {
    const large = await underWay({ maxStreamBytes: 5 });
    large.send("123456");
    await expect(large.read()).rejects.toMatchObject({ reason: "downstream_refused" });
    const slow = await underWay({ lease: { endsAt: NOW + 600 } });
    const reading = slow.read();
    reading.catch(() => undefined);
    await slow.pass(29);
    expect(slow.desk.outcomes).toEqual([]);
    await slow.pass(1);
    await expect(reading).rejects.toMatchObject({ reason: "downstream_refused" });
    expect([cuts(large), cuts(slow)]).toEqual([[["done", "bounds"]], [["done", "bounds"]]]);
  });

  test("that the system breaks off, or that the tool leaves, is recorded as that", async () => {
    const broken = await underWay();
    broken.breakOff();
    const error = await broken.read().catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain(SECRET);
    const left = await underWay();
    left.send("one");
    await left.read();
    await left.leave();
    expect([cuts(broken), cuts(left)]).toEqual([[["done", "broken"]], [["done", "left"]]]);
    expect(left.stopped()).toBe(true);
    expect([broken.waiting(), left.waiting()]).toEqual([0, 0]);
  });
});

describe("the end of a lease", () => {
  test("leaves an answer under way its grace, then cuts it, and tells the system", async () => {
    const way = await underWay({ lease: { endsAt: NOW + 60, graceSeconds: 10 } });
    way.send("one");
    await way.read();
    await way.pass(69);
    way.send("in time");
    expect(await way.read()).toBe("in time");
    await way.pass(1);
    await expect(way.read()).rejects.toMatchObject({ reason: "lease_expired" });
    expect(cuts(way)).toEqual([["done", "lease_over"]]);
    expect(way.stopped()).toBe(true);
  });

  test("cuts at once where no grace is given, also when nobody reads", async () => {
    const way = await underWay({ lease: { endsAt: NOW + 60 } });
    await way.pass(60);
    expect(cuts(way)).toEqual([["done", "lease_over"]]);
  });

  test("before its time is noticed within five seconds, and gives no grace", async () => {
    const way = await underWay({ lease: { endsAt: NOW + 60, graceSeconds: 10 }, standing: async () => 0 });
    await way.pass(5);
    expect(cuts(way)).toEqual([["done", "lease_over"]]);
  });

  test("moves no further while the broker cannot be asked, and further when it says so", async () => {
    const silent = await underWay({
      lease: { endsAt: NOW + 60 },
      standing: () => Promise.reject(new Error("down")),
    });
    await silent.pass(59);
    expect(cuts(silent)).toEqual([]);
    await silent.pass(1);
    expect(cuts(silent)).toEqual([["done", "lease_over"]]);
    const renewed = await underWay({ lease: { endsAt: NOW + 60 }, standing: async () => NOW + 120 });
    for (const piece of ["1\n", "2\n", "3\n", "4\n"]) {
      const next = renewed.read();
      await renewed.pass(25);
      renewed.send(piece);
      expect(await next).toBe(piece);
    }
    await renewed.leave();
  });
});

test("over a connection a piece arrives before the next one is there, and a cut breaks the answer off", async () => {
  await using world = await GatewayWorld.open({ adapter: () => streams });
  const sending = Promise.withResolvers<(text: string) => void>();
  world.downstream.answer = (response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    response.write("one");
    sending.resolve((text) => void response.write(text));
  };
  const handle = await world.desk.issue(world.signer, READ);
  const headers = await world.credentials(handle, "GET", TARGET);
  const broken = Promise.withResolvers<string>();
  const first = Promise.withResolvers<string>();
  const outgoing = request(`${world.url}${TARGET}`, { headers }, (incoming) => {
    incoming.once("data", (piece: Buffer) => first.resolve(piece.toString()));
    incoming.once("error", (error: NodeJS.ErrnoException) => broken.resolve(error.code ?? ""));
  });
  outgoing.end();
  expect(await first.promise).toBe("one");
  (await sending.promise)(SECRET);
  expect(await broken.promise).toBe("ECONNRESET");
  expect(cuts(world)).toEqual([["done", "quoted"]]);
});
