import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Refusal, decodeBase64url } from "@watchword/core";
import { describe, expect, test } from "vitest";
import type { GuardedCredential } from "../src/index.ts";
import { fakeRuntime, refundTool, sendRefund } from "./payments-tools.ts";

/** Runs `work` as a guarded tool; gives what the tool returned, and every request to the gateway. */
async function withCredential<Result>(
  work: (credential: GuardedCredential) => Promise<Result>,
): Promise<{ result: unknown; sent: Request[]; inits: RequestInit[] }> {
  const { fake } = fakeRuntime();
  const [sent, inits]: [Request[], RequestInit[]] = [[], []];
  const tapped: typeof fetch = (input, init) => {
    sent.push(new Request(input, init));
    inits.push(init ?? {});
    return fake.fetch(input, init);
  };
  const { runtime } = fakeRuntime({}, { broker: fake.client, fetch: tapped });
  const { tool } = refundTool(work);
  return { result: await runtime.run({}, () => tool.execute({ charge: "ch.1" })), sent, inits };
}

describe("credential.fetch", () => {
  test("sends to the gateway, with the handle as DPoP and a proof for exactly this request", async () => {
    const { sent, inits } = await withCredential(
      async (credential) =>
        (await credential.fetch("https://api.example/v1/charges/ch.1?expand=x#part")).status,
    );
    const [request] = sent;
    expect(request?.url).toBe("https://gateway.example/payments/v1/charges/ch.1?expand=x");
    expect(request?.headers.get("authorization")).toMatch(/^DPoP [A-Za-z0-9_-]{43}$/);
    const claims = JSON.parse(
      decodeBase64url(request?.headers.get("dpop")?.split(".")[1] ?? "").toString(),
    ) as object;
    expect(claims).toMatchObject({ htm: "GET", htu: "https://gateway.example/payments/v1/charges/ch.1" });
    expect(inits[0]?.redirect).toBe("error");
  });

  test("makes a fresh proof for every request", async () => {
    const { sent } = await withCredential(
      async (credential) => [await sendRefund(credential), await sendRefund(credential)].length,
    );
    expect(new Set(sent.map((request) => request.headers.get("dpop"))).size).toBe(2);
  });

  test("takes what fetch takes: string, URL, Request, form, stream", async () => {
    const url = "https://api.example/v1/refunds";
    const bodies: string[] = [];
    const { sent } = await withCredential(async (credential) => {
      await credential.fetch(new URL(url), { method: "POST", body: new URLSearchParams({ a: "b" }) });
      await credential.fetch(new Request(url, { method: "POST", body: "a=b", headers: { "x-a": "1" } }));
      await credential.fetch(new Request(url, { method: "POST", body: "a=c" }), { body: "a=b" });
      await credential.fetch(url, { method: "post", body: new Blob(["a=b"]).stream(), duplex: "half" });
    });
    for (const request of sent) bodies.push(await request.text());
    expect(bodies).toEqual(["a=b", "a=b", "a=b", "a=b"]);
    expect(sent.map(({ method }) => method)).toEqual(["POST", "POST", "POST", "POST"]);
    expect(sent[1]?.headers.get("x-a")).toBe("1");
  });

  test("drops the tool's own credentials", async () => {
    const headers = {
      authorization: "Bearer sk_of_the_tool",
      cookie: "a=b",
      "proxy-authorization": "Basic x",
      dpop: "forged",
      "x-kept": "1",
    };
    const { sent } = await withCredential((credential) =>
      credential.fetch("https://api.example/v1/refunds", { method: "POST", headers }),
    );
    const text = JSON.stringify([...(sent[0]?.headers ?? [])]);
    for (const planted of ["sk_of_the_tool", "a=b", "Basic", "forged"]) expect(text).not.toContain(planted);
    expect(sent[0]?.headers.get("x-kept")).toBe("1");
  });

  test.for([
    "https://evil.example/v1/refunds",
    "http://api.example/v1/refunds",
    "https://api.example:8443/",
    "https://api.example.evil.example/",
    "https://user:pass@api.example/",
    "https://api.example@evil.example/",
    "blob:https://api.example/0",
    "data:text/plain,x",
    "file:///etc/hosts",
    "/v1/refunds",
    "//evil.example",
    "",
    "https://gateway.example/payments/v1/refunds",
    "http://169.254.169.254/",
    "https:\\\\evil.example",
    "wss://api.example/",
  ])("refuses a target that is not the lease's, before anything is sent: %s", async (target) => {
    const { result, sent } = await withCredential(async (credential) => {
      const error = await credential.fetch(target).catch((thrown: unknown) => thrown);
      expect(Refusal.is(error)).toBe(true);
      throw error;
    });
    expect(result).toMatchObject({ reason: "target_refused", decision_id: expect.stringMatching(/^dec_/) });
    expect(sent).toEqual([]);
  });

  test("is dead once the tool has returned, or thrown", async () => {
    for (const fails of [false, true]) {
      let kept: GuardedCredential | undefined;
      const { sent } = await withCredential(async (credential) => {
        kept = credential;
        if (fails) throw new Error("bug");
      });
      await expect(kept?.fetch("https://api.example/v1/refunds")).rejects.toMatchObject({
        name: "Refusal",
        reason: "lease_expired",
      });
      expect(sent).toEqual([]);
    }
  });

  test("sends nothing after the tool has returned, also when the fetch was called before", async () => {
    const body = Promise.withResolvers<void>();
    const slow = new ReadableStream({
      async pull(controller) {
        await body.promise;
        controller.enqueue(new TextEncoder().encode("charge=ch.1"));
        controller.close();
      },
    });
    const under: Promise<unknown>[] = [];
    const start = (credential: GuardedCredential, init: RequestInit): void =>
      void under.push(
        credential
          .fetch("https://api.example/v1/refunds", { method: "POST", ...init })
          .catch((error: unknown) => error),
      );
    const { sent } = await withCredential((credential) => {
      start(credential, { body: "charge=ch.1" });
      start(credential, { body: slow, duplex: "half" });
      return Promise.resolve("returned without waiting");
    });
    body.resolve();
    for (const error of await Promise.all(under))
      expect(error).toMatchObject({ name: "Refusal", reason: "lease_expired" });
    expect(sent).toEqual([]);
  });

  test("follows no redirect of whoever answers in the gateway's place", async () => {
    const visited: (string | undefined)[] = [];
    const server = createServer((incoming, outgoing) => {
      visited.push(incoming.url);
      outgoing.writeHead(307, { location: "/steal" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { fake } = fakeRuntime();
    const { runtime } = fakeRuntime(
      {},
      {
        broker: fake.client,
        fetch: (_input, init) =>
          fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/first`, init),
      },
    );
    const { tool } = refundTool(sendRefund);
    expect(await runtime.run({}, () => tool.execute({ charge: "ch.1" }))).toMatchObject({
      reason: "tool_failed",
    });
    expect(visited).toEqual(["/first"]);
    server.closeAllConnections();
    server.close();
  });

  test("stops when the caller's signal does", async () => {
    const { fake } = fakeRuntime();
    const controller = new AbortController();
    const { runtime } = fakeRuntime(
      {},
      {
        broker: fake.client,
        fetch: (_input, init) =>
          new Promise((_resolve, reject) => {
            init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
            controller.abort();
          }),
      },
    );
    const { tool } = refundTool(sendRefund);
    expect(
      await runtime.run({}, () => tool.execute({ charge: "ch.1" }, { abortSignal: controller.signal })),
    ).toMatchObject({ reason: "tool_failed" });
  });
});

test("an unknown outcome stays one when the tool's client tries again and is refused for that", async () => {
  const { fake } = fakeRuntime();
  const reasons = ["outcome_unknown", "lease_used"];
  const { runtime } = fakeRuntime(
    {},
    {
      broker: fake.client,
      fetch: async () =>
        new Response("{}", { status: 502, headers: { "watchword-reason": reasons.shift() ?? "" } }),
    },
  );
  const { tool } = refundTool(async (credential) => {
    for (let attempt = 0; attempt < 2; attempt++) await sendRefund(credential);
    throw new Error("gave up");
  });
  expect(await runtime.run({}, () => tool.execute({ charge: "ch.1" }))).toMatchObject({
    reason: "outcome_unknown",
    retryable: false,
  });
});

test("a credential shows its lease and decision, and nothing to send with", async () => {
  const kept: GuardedCredential[] = [];
  await withCredential(async (credential) => void kept.push(credential));
  const [credential] = kept;
  expect(JSON.parse(JSON.stringify(credential))).toEqual({
    leaseId: expect.stringMatching(/^lease_/),
    decisionId: expect.stringMatching(/^dec_/),
    custody: "gateway",
  });
  expect(Object.isFrozen(credential)).toBe(true);
});
