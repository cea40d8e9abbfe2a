import { connect } from "node:net";
import { expect, test } from "vitest";
import { listen } from "../src/index.ts";

test("a listener is bound to loopback unless it is told otherwise", async () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "localhost.evil.example", "127.0.0.1.evil.example"]) {
    await expect(listen({ host, port: 0 })).rejects.toThrow(TypeError);
  }
});

test("its URL is known before anything is served, and until then it answers 503", async () => {
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  expect((await fetch(listener.url)).status).toBe(503);
  listener.serve(async (_request, rawTarget) => new Response(rawTarget));
  expect(await (await fetch(`${listener.url}/a?b=c`)).text()).toBe("/a?b=c");
  await listener.close();
  await expect(fetch(listener.url)).rejects.toThrow(TypeError);
});

test("closing waits for the request under way", async () => {
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  listener.serve(async () => {
    begun.resolve();
    await gate.promise;
    return new Response("done");
  });
  const answer = fetch(listener.url);
  await begun.promise;
  const closed = listener.close();
  gate.resolve();
  expect(await (await answer).text()).toBe("done");
  await closed;
});

test("a handler that breaks is an internal error without its text", async () => {
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  listener.serve(() => Promise.reject(new Error("canary")));
  const response = await fetch(listener.url);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("canary");
  await listener.close();
});

test("a handler hears when whoever asked is gone and when the listener closes; that it has answered is no such end", async () => {
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const heard: AbortSignal[] = [];
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  listener.serve(async ({ signal }, target) => {
    heard.push(signal);
    if (target !== "/wait") return new Response("at once");
    begun.shift()?.resolve();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return new Response("closing");
  });
  expect(await (await fetch(listener.url)).text()).toBe("at once");

  const leaving = new AbortController();
  const [first, second] = begun;
  const left = fetch(`${listener.url}/wait`, { signal: leaving.signal });
  await first?.promise;
  const gone = new Promise((resolve) => heard[1]?.addEventListener("abort", resolve));
  leaving.abort();
  await expect(left).rejects.toThrow("abort");
  await gone;

  const closed = fetch(`${listener.url}/wait`);
  await second?.promise;
  await listener.close();
  expect(await (await closed).text()).toBe("closing");
  expect(heard.map(({ aborted }) => aborted)).toEqual([false, true, true]);
});

test("close does not wait for a request that never arrives whole", async () => {
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  let handled = 0;
  listener.serve(async () => ((handled += 1), new Response("{}")));
  const { host, port } = new URL(listener.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`POST /payments/v1/refunds HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 10\r\n\r\nhalf`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = await Promise.race([
    listener.close().then(() => "closed"),
    new Promise((resolve) => setTimeout(resolve, 1_000, "waits")),
  ]);
  socket.destroy();
  expect([closed, handled]).toEqual(["closed", 0]);
});
