import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CANARY, PAYMENTS, refund, scene } from "./scene.ts";
import { type Serving, serving } from "./serving.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
let directory: string;
let twin: StripeTwin;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-main-"));
  twin = await stripeTwin(PAYMENTS);
});
afterEach(async () => {
  await twin.close();
  await rm(directory, { recursive: true, force: true });
});

const places = () => ({
  directory,
  state: join(directory, "state"),
  twin: twin.url,
  brokerPort: 0,
  gatewayPort: 0,
  metricsPort: 0,
});
const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Serving =>
  serving(process.execPath, ["--conditions=@watchword/source", MAIN, ...args], { ...process.env, ...env });

test.for([["by its argument"], ["by WATCHWORD_CONFIG"]] as const)(
  "the entry point serves production %s, and stops by SIGTERM with everything said and nothing given away",
  async ([by]) => {
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(directory, "state"));
    const tokens = await scene(directory, places());
    const file = join(directory, "watchword.config.yaml");
    const server = by === "by its argument" ? start([file]) : start([], { WATCHWORD_CONFIG: file });
    const ready = await server.ready;
    expect(ready, server.said()).toMatchObject({ environment: "production" });
    expect(await refund(ready?.broker ?? "", tokens)).toEqual({ status: 200 });
    expect(twin.refunds("acct_acme")).toHaveLength(1);
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(server.said()).toContain('"event":"stopped"');
    expect(server.said()).not.toContain(CANARY);
    expect(server.said()).not.toContain(tokens.workload);
  },
);

test("the entry point refuses development settings and ends with 3", async () => {
  await scene(directory, places(), "environment: development\n");
  const server = start([join(directory, "watchword.config.yaml")]);
  expect(await server.ended).toBe(3);
  expect(server.said()).toMatch(/environment: is development/);
});

test("the entry point without a configuration says which file it wanted, and ends with 3", async () => {
  const server = start([], { WATCHWORD_CONFIG: join(directory, "absent.yaml") });
  expect(await server.ended).toBe(3);
  expect(server.said()).toMatch(/absent\.yaml {2}cannot be read/);
});
