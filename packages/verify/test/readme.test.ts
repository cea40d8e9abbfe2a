import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { signProof } from "@watchword/core";
import { afterEach, expect, test, vi } from "vitest";
import { AUDIENCE, issuerDesk } from "./issuer-desk.ts";

const send = globalThis.fetch;
afterEach(() => vi.unstubAllGlobals());
afterEach(() => vi.restoreAllMocks());

const SERVED = {
  "readme-example.ts": async (headers: Record<string, string>) => {
    const { app } = await import("./readme-example.ts");
    return app.request("/orders/o_1", { headers });
  },
  "readme-express.ts": async (headers: Record<string, string>) => {
    const { app } = await import("./readme-express.ts");
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/o_1`, { headers });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
  "readme-fastify.ts": async (headers: Record<string, string>) => {
    const { app } = await import("./readme-fastify.ts");
    const { statusCode, body } = await app.inject({ url: "/orders/o_1", headers });
    return new Response(body, { status: statusCode });
  },
};

test.for(Object.entries(SERVED))(
  "the README's %s is the one that runs, and does what it says",
  async ([file, ask]) => {
    const example = await readFile(new URL(file, import.meta.url), "utf8");
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(example.replace(/^import .*readme-parts.*\n/m, ""));

    const desk = await issuerDesk();
    vi.stubGlobal("fetch", desk.options.fetch);
    vi.spyOn(Date, "now").mockImplementation(() => desk.clock.now());
    const token = await desk.token();
    const target = { method: "GET", url: `${AUDIENCE}/orders/o_1`, token };
    const headers = {
      authorization: `DPoP ${token}`,
      dpop: await signProof(desk.holder, target, Math.floor(desk.clock.now() / 1_000)),
    };
    const [taken, again, unshown] = [await ask(headers), await ask(headers), await ask({})];
    expect([taken.status, await taken.json()]).toEqual([200, { id: "o_1", total: 4_200 }]);
    expect([again.status, await again.json()]).toMatchObject([401, { reason: "token_replayed" }]);
    expect(unshown.status).toBe(401);
  },
);
