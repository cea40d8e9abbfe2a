import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { createServer } from "node:net";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { listen } from "../src/index.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-socket-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function ask(socketPath: string, host = "localhost"): Promise<{ status: number; body: string }> {
  const outgoing = request({ socketPath, path: "/a?b=c", headers: { host }, agent: false }).end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: incoming.statusCode ?? 0, body: await text(incoming) };
}

test("a socket is its user's alone, answers to its own host only, and is gone when closed", async () => {
  const socket = join(directory, "own.sock");
  const listener = await listen({ socket });
  expect(listener.url).toBe("http://localhost");
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  listener.serve(async (incoming, rawTarget) => new Response(`${incoming.url} ${rawTarget}`));
  expect(await ask(socket)).toEqual({ status: 200, body: "http://localhost/a?b=c /a?b=c" });
  expect((await ask(socket, "evil.example")).status).toBe(403);
  await listener.close();
  await expect(stat(socket)).rejects.toThrow("ENOENT");
});

test("binding changes no mask, which every other thread's new files and folders would have", async () => {
  const masks = vi.spyOn(process, "umask");
  const listener = await listen({ socket: join(directory, "mask.sock") });
  expect(masks).not.toHaveBeenCalled();
  masks.mockRestore();
  expect(await readdir(directory)).toEqual(["mask.sock"]);
  await listener.close();
});

test("of two that want the same socket at once, one has it and the other is told", async () => {
  const socket = join(directory, "both.sock");
  const both = await Promise.allSettled([listen({ socket }), listen({ socket })]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  for (const one of both)
    if (one.status === "rejected") expect(one.reason).toMatchObject({ reason: "configuration_invalid" });
    else {
      expect((await ask(socket)).status).toBe(503);
      await one.value.close();
    }
});

test("a socket's URL can be named, and must be an origin", async () => {
  const socket = join(directory, "named.sock");
  for (const url of ["https://a.example", "http://a.example/path", "a", "http://u@a.example"])
    await expect(listen({ socket, url })).rejects.toThrow(TypeError);
  const listener = await listen({ socket, url: "http://gateway.internal" });
  expect((await ask(socket, "gateway.internal")).status).toBe(503);
  expect((await ask(socket, "localhost")).status).toBe(403);
  await listener.close();
});

test("a socket that somebody answers on is not taken", async () => {
  const socket = join(directory, "busy.sock");
  const other = createServer().listen(socket);
  await once(other, "listening");
  await expect(listen({ socket })).rejects.toMatchObject({
    reason: "configuration_invalid",
    message: expect.stringContaining("another process answers") as string,
  });
  expect((await stat(socket)).isSocket()).toBe(true);
  other.close();
});

test("a file that is not a socket stays as it is", async () => {
  const path = join(directory, "file");
  await writeFile(path, "kept");
  await expect(listen({ socket: path })).rejects.toMatchObject({ reason: "configuration_invalid" });
  expect(await readFile(path, "utf8")).toBe("kept");
});

test("a socket that a dead process left behind is replaced", async () => {
  const socket = join(directory, "stale.sock");
  const script = `require("node:net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", script], { stdio: "ignore" }), "exit");
  await chmod(socket, 0o777);
  const listener = await listen({ socket });
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  expect((await ask(socket)).status).toBe(503);
  await listener.close();
});

test("without its directory there is no socket", async () => {
  await expect(listen({ socket: join(directory, "absent", "a.sock") })).rejects.toMatchObject({
    reason: "configuration_invalid",
  });
});
