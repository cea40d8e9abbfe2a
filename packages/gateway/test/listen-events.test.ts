import { expect, test } from "vitest";
import { listen } from "../src/index.ts";

/** A stream of events that a test writes by hand, and what became of it. */
function events(): {
  response: () => Response;
  write: (text: string) => void;
  end: () => void;
  cancelled: Promise<void>;
} {
  const cancelled = Promise.withResolvers<void>();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => cancelled.resolve(),
  });
  return {
    response: () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
    write: (text) => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
    cancelled: cancelled.promise,
  };
}

test("events arrive one by one, while the answer is still under way", async () => {
  await using listener = disposable(await listen({ host: "127.0.0.1", port: 0 }));
  const stream = events();
  listener.serve(async () => stream.response());
  const response = await fetch(listener.url);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (const text of ["data: 1\n\n", ": waiting\n\n", "data: 2\n\n"]) {
    stream.write(text);
    expect((await reader?.read())?.value).toBe(text);
  }
  stream.end();
  expect((await reader?.read())?.done).toBe(true);
});

test("who leaves ends the stream at its source", async () => {
  await using listener = disposable(await listen({ host: "127.0.0.1", port: 0 }));
  const stream = events();
  listener.serve(async () => stream.response());
  const leaving = new AbortController();
  await fetch(listener.url, { signal: leaving.signal });
  leaving.abort();
  await stream.cancelled;
});

test("a listener that closes does not wait for events that never end, read or not", async () => {
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const [read, unread] = [events(), events()];
  listener.serve(async (_, target) => (target === "/read" ? read.response() : unread.response()));
  const response = await fetch(`${listener.url}/read`);
  await fetch(`${listener.url}/unread`);
  for (let chunk = 0; chunk < 64; chunk++) unread.write(`data: ${"x".repeat(65_536)}\n\n`);
  await listener.close();
  await Promise.all([read.cancelled, unread.cancelled]);
  await response.text().catch(() => "");
});

test("a page is served only under the origins that were named, each to the letter", async () => {
  await using listener = disposable(
    await listen({ host: "127.0.0.1", port: 0, origins: ["https://broker.example"] }),
  );
  listener.serve(async () => new Response("served"));
  const ask = async (origin: string): Promise<number> =>
    (await fetch(listener.url, { method: "POST", headers: { origin } })).status;
  expect(await ask("https://broker.example")).toBe(200);
  for (const origin of [
    "null",
    "http://broker.example",
    "https://broker.example:8443",
    "https://broker.example.evil.example",
    "https://evil.example",
  ])
    expect(await ask(origin)).toBe(403);
});

function disposable<T extends { close(): Promise<void> }>(listener: T): T & AsyncDisposable {
  return { ...listener, [Symbol.asyncDispose]: () => listener.close() };
}
