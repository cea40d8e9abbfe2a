import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CELL_LABEL } from "../src/cells/cell-label.ts";
import { type Engine, findEngine, isEngine } from "../src/cells/engine.ts";
import { type Routes, openRoutes } from "../src/cells/probe-routes.ts";
import { searchCell } from "../src/cells/search-cell.ts";
import { searchStream } from "../src/cells/search-stream.ts";
import type { Cell } from "../src/cells/start-cell.ts";
import { sweepCells } from "../src/cells/sweep-cells.ts";
import { containerRun } from "./container-run.ts";

const CANARY = { name: "root secret of payments", value: "rk_test_51CanaryOfCells00000000" };
const found = await findEngine();

if (isEngine(found)) inContainers(found);
else {
  const { why, command } = found;
  console.warn(`boundary: no cell was started in a container here, since ${why}. To have one: ${command}`);
  test("where no engine answers, it is said why and what would help", () => {
    expect(why).toMatch(/^(no container engine answers|testcontainers is not installed)/);
    expect(command).not.toBe("");
  });
}

function inContainers(engine: Engine): void {
  describe("in containers", { timeout: 180_000 }, () => {
    let cells: Awaited<ReturnType<typeof containerRun>>;
    let agent: Cell;
    let stage: Cell;
    let twins: Cell;
    beforeAll(async () => {
      cells = await containerRun(engine);
      [stage, twins, agent] = await Promise.all([
        cells.start("stage"),
        cells.start("twins"),
        cells.start("agent"),
      ]);
      await stage.call("serve", "/run/cell/broker.sock");
      await twins.call("serve", 8080);
    }, 180_000);
    afterAll(() => cells[Symbol.asyncDispose]());

    test("an agent has nobody's rights, no disk to write to, and nothing in its environment", async () => {
      expect(await agent.call("identity")).toEqual({
        uid: 65_534,
        environment: ["PATH", "HOSTNAME", "HOME"],
      });
      for (const path of [
        "/written",
        "/tmp/written",
        "/code/written",
        "/run/cell/written",
        "/dev/shm/written",
      ])
        expect(await agent.call("write", path, "x"), path).toMatch(/^(EROFS|ENOENT|EACCES)$/);
    });

    test("an agent reaches the broker by its socket, and has no other way out", async () => {
      expect(await agent.call("ask", { socketPath: "/run/cell/broker.sock" })).toBe("saw /asked");
      const routes = await agent.call<Routes>("probeRoutes", await ways(engine, cells.network));
      expect(openRoutes(routes, false)).toEqual([]);
      expect(await agent.call("ask", { host: "twins", port: 8080 })).toMatch(/EAI_AGAIN|ENOTFOUND/);
    });

    test("broker and twins reach each other, and neither the host nor the world", async () => {
      expect(await stage.call("ask", { host: "twins", port: 8080 })).toBe("saw /asked");
      const places = await ways(engine, cells.network);
      const probes = [stage, twins].map((cell) => cell.call<Routes>("probeRoutes", places));
      for (const routes of await Promise.all(probes)) expect(openRoutes(routes, true)).toEqual([]);
    });

    test("a second network is noticed, at the start and when it comes later", async () => {
      await expect(
        cells.start("twins", (options) => ({
          ...options,
          HostConfig: { ...options.HostConfig, NetworkMode: "bridge" },
        })),
      ).rejects.toThrow(/network mode: "watchword-[^"]+" was claimed, "bridge" was found/);
      const joined = await cells.start("twins");
      await engine.docker.getNetwork("bridge").connect({ Container: joined.id });
      await expect(joined.inspect()).rejects.toThrow(/networks: .* was claimed, \["bridge","watchword-/);
      await joined[Symbol.asyncDispose]();
    });

    test("a network that is called internal and reaches the host is noticed, and so is the host", async () => {
      const name = `watchword-${cells.run}-trap`;
      await engine.docker.createNetwork({ Name: name, Internal: true, Labels: { [CELL_LABEL]: cells.run } });
      const elsewhere = (options: object) => ({
        ...options,
        HostConfig: { ...(options as { readonly HostConfig: object }).HostConfig, NetworkMode: name },
        NetworkingConfig: { EndpointsConfig: { [name]: {} } },
      });
      await expect(cells.start("stage", elsewhere)).rejects.toThrow(
        new RegExp(`network ${name} without the host: "true" was claimed, nothing was found`),
      );
      const gateway = await gatewayOf(engine, name);
      const bare = await engine.docker.createContainer({
        ...(elsewhere({ HostConfig: {} }) as object),
        Image: cells.image,
        Cmd: ["/usr/local/bin/node", "-e", probing(gateway, await listening())],
        Labels: { [CELL_LABEL]: cells.run },
      });
      await bare.start();
      await bare.wait();
      const said = (await bare.logs({ stdout: true, stderr: true })).toString();
      // So that the refusals elsewhere prove something: without the option, the host does answer.
      expect(said).toContain("reached the host");
    });

    test.each<[string, object, RegExp]>([
      ["a disk to write to", { ReadonlyRootfs: false }, /read-only root: true was claimed, false was found/],
      ["a capability", { CapAdd: ["NET_ADMIN"] }, /capabilities added: \[\] was claimed/],
      ["all that an engine gives by default", { CapDrop: [] }, /capabilities dropped: \["ALL"\] was claimed/],
      ["the engine's own rights", { Privileged: true }, /privileged: false was claimed, true was found/],
      ["rights by a setuid file", { SecurityOpt: [] }, /security options: \["no-new-privileges"\]/],
      ["the host's processes", { PidMode: "host" }, /namespace of processes: "" was claimed, "host"/],
      [
        "a folder of the host",
        { Binds: ["/etc:/host:ro"] },
        /mounts: .* was claimed, \["bind:\/etc at \/host/,
      ],
      ["processes without a limit", { PidsLimit: 0 }, /limit of processes: 64 was claimed/],
      ["the host's network", { NetworkMode: "host" }, /networks: \["none"\] was claimed, \["host"\]/],
    ])("an agent with %s is noticed before it is asked anything", async (_title, change, message) => {
      const started = cells.start("agent", (options) => ({
        ...options,
        HostConfig: { ...options.HostConfig, ...change },
      }));
      await expect(started).rejects.toThrow(message);
    });

    test("a leaking environment is noticed, and its value told to nobody", async () => {
      const started = cells.start("agent", (options) => ({
        ...options,
        Env: [`STRIPE_KEY=${CANARY.value}`],
      }));
      await expect(started).rejects.toThrow(
        /environment: \["PATH"\] was claimed, \["PATH","STRIPE_KEY"\] was found/,
      );
      await expect(started).rejects.not.toThrow(CANARY.value);
    });

    test("a sound container of another run is not taken over", async () => {
      const started = cells.start("agent", (options) => ({
        ...options,
        Labels: { ...options.Labels, [CELL_LABEL]: "of-yesterday" },
      }));
      await expect(started).rejects.toThrow(/run: .* was claimed, "of-yesterday" was found/);
    });

    test("another user, or root, is noticed", async () => {
      const started = cells.start("agent", (options) => ({ ...options, User: "" }));
      await expect(started).rejects.toThrow(/user: "65534:65534" was claimed, "" was found/);
    });

    test("a canary is found in a cell's files, configuration and output, and in the environments it sees", async () => {
      expect(await searchStream([await agent.call<string>("readEnvironments")], [CANARY])).toEqual([]);
      await agent.call("say", `leaked ${Buffer.from(`xy${CANARY.value}z`).toString("base64")}`);
      const planted = await engine.docker.createContainer({
        Image: cells.image,
        Cmd: [
          "/usr/local/bin/node",
          "-e",
          "require('fs').writeFileSync('/left', process.env.KEY); setTimeout(()=>{}, 1e6)",
        ],
        Env: [`KEY=${CANARY.value}`],
        Labels: { [CELL_LABEL]: cells.run },
        NetworkDisabled: true,
      });
      await planted.start();
      while ((await planted.changes()).every(({ Path }: { readonly Path: string }) => Path !== "/left"))
        await setTimeout(50);
      const leaking: Cell = { ...agent, id: planted.id };
      expect((await searchCell(engine, leaking, [CANARY])).toSorted()).toEqual([
        "agent configuration: root secret of payments",
        "agent files: root secret of payments",
      ]);
      expect(await searchCell(engine, agent, [CANARY])).toEqual(["agent output: root secret of payments"]);
    });

    test("a cell that dies says so at once, to every call under way and after", async () => {
      const dying = await cells.start("agent");
      await dying.call("say", "out of memory");
      await expect(dying.call("exit")).rejects.toThrow(/the cell ended: out of memory/);
      await expect(dying.call("add", 1, 2)).rejects.toThrow(/the cell ended/);
    });

    test("what a killed run left behind is swept, and what still runs is not", async () => {
      await using killed = await containerRun(engine);
      await killed.start("agent");
      const label = (run: string) => ({ filters: { label: [`${CELL_LABEL}=${run}`] } });
      await sweepCells(engine, { olderThan: cells.began });
      expect(await engine.docker.listContainers(label(killed.run))).toHaveLength(1);
      expect(await sweepCells(engine, { run: killed.run })).toEqual({
        containers: 1,
        networks: 1,
        volumes: 1,
      });
      expect(await engine.docker.listContainers(label(cells.run))).not.toHaveLength(0);
    });
  });
}

/** Where somebody would answer, if there were a way: the world, the host's addresses, the network's own, a cloud's metadata. */
async function ways(engine: Engine, network: string) {
  const port = await listening();
  const hosts = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ address, family, internal }) =>
      family === "IPv4" && !internal ? [address] : [],
    ),
  );
  return [
    { host: "1.1.1.1", port: 443 },
    { host: "169.254.169.254", port: 80 },
    ...[...hosts, await gatewayOf(engine, network)].map((host) => ({ host, port })),
  ];
}

/** The address on a network that would be the host's. */
async function gatewayOf({ docker }: Engine, network: string): Promise<string> {
  const { IPAM } = await docker.getNetwork(network).inspect();
  return IPAM?.Config?.[0]?.["Gateway"] ?? "";
}

/** Somebody on this machine who would answer. */
async function listening(): Promise<number> {
  const server = createServer((_incoming, outgoing) => outgoing.end("reached the host"));
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function probing(host: string, port: number): string {
  return `fetch("http://${host}:${port}").then((answer) => answer.text()).then(console.log, (error) => console.log(error.cause.code))`;
}
