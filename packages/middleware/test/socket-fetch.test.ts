import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type RequestListener, type Server, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { socketFetch } from "../src/index.ts";

let directory: string;
let server: Server;
let socket: string;
const answer: RequestListener = (incoming, outgoing) => {
  if (incoming.url === "/elsewhere") return void outgoing.writeHead(302, { location: "/b" }).end();
  if (incoming.url === "/empty") return void outgoing.writeHead(204).end();
  if (incoming.url === "/broken") return void outgoing.destroy();
  if (incoming.url === "/never") return;
  void text(incoming).then((body) =>
    outgoing
      .writeHead(200, { "content-type": "application/json", "set-cookie": ["a=1", "b=2"] })
      .end(JSON.stringify({ method: incoming.method, url: incoming.url, headers: incoming.headers, body })),
  );
};
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-socket-"));
  socket = join(directory, "a.sock");
  server = createServer(answer).listen(socket);
  await once(server, "listening");
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

test("sends what fetch would: method, path and query, headers, body, and the URL's host as Host", async () => {
  const response = await socketFetch(socket)("http://gateway.internal/a/b?c=d#e", {
    method: "POST",
    headers: { "x-one": "1" },
    body: new URLSearchParams({ f: "ü" }),
  });
  expect(response.status).toBe(200);
  expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  expect(await response.json()).toMatchObject({
    method: "POST",
    url: "/a/b?c=d",
    headers: {
      host: "gateway.internal",
      "x-one": "1",
      "content-length": "8",
      "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
    },
    body: "f=%C3%BC",
  });
});

test("takes a Request and a URL, and a body that is a stream", async () => {
  const send = socketFetch(socket);
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode("streamed"));
      controller.close();
    },
  });
  const request = new Request("http://localhost/x", { method: "PUT", body, duplex: "half" });
  expect(await (await send(request)).json()).toMatchObject({ method: "PUT", body: "streamed" });
  expect(await (await send(new URL("http://localhost/y"))).json()).toMatchObject({
    method: "GET",
    url: "/y",
  });
});

test("gives an answer without a body", async () => {
  const response = await socketFetch(socket)("http://localhost/empty");
  expect([response.status, response.body]).toEqual([204, null]);
});

test("follows no redirect", async () => {
  const send = socketFetch(socket);
  await expect(send("http://localhost/elsewhere")).rejects.toThrow(TypeError);
  await expect(send("http://localhost/elsewhere", { redirect: "error" })).rejects.toThrow(TypeError);
  expect((await send("http://localhost/elsewhere", { redirect: "manual" })).status).toBe(302);
});

test("ends with its signal, before and while it waits", async () => {
  const send = socketFetch(socket);
  await expect(
    send("http://localhost/a", { signal: AbortSignal.abort(new Error("before")) }),
  ).rejects.toThrow("before");
  await expect(send("http://localhost/never", { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({
    name: "TimeoutError",
  });
});

test("says that nobody is there, and not what was sent", async () => {
  const headers = { authorization: "canary_must_never_be_seen" };
  const failed = async (path: string, url: string): Promise<Error> =>
    socketFetch(path)(url, { headers }).then(
      () => new Error("answered"),
      (error: unknown) => error as Error,
    );
  const gone = await failed(join(directory, "absent.sock"), "http://localhost/a");
  expect([gone.name, gone.message]).toEqual(["TypeError", "socketFetch: ENOENT"]);
  const broken = await failed(socket, "http://localhost/broken");
  expect([broken.name, broken.message]).toEqual(["TypeError", "socketFetch: ECONNRESET"]);
  for (const error of [gone, broken]) expect(`${error.stack}`).not.toContain("canary");
});

test("is for http: URLs only: nothing on a socket is encrypted", async () => {
  await expect(socketFetch(socket)("https://localhost/a")).rejects.toThrow(TypeError);
});
