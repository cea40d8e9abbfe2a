import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { callCell } from "../src/cells/call-cell.ts";
import type { CellClaim } from "../src/cells/cell-claim.ts";
import { CELL_LABEL } from "../src/cells/cell-label.ts";
import { type CellInspection, NO_HOST_ADDRESS, inspectCell } from "../src/cells/inspect-cell.ts";
import { openRoutes, probeRoutes } from "../src/cells/probe-routes.ts";
import { openCanaries, sealCanaries } from "../src/cells/seal-canaries.ts";
import { searchStream } from "../src/cells/search-stream.ts";
import { serveCalls } from "../src/cells/serve-calls.ts";
import { tarArchive } from "../src/cells/tar-archive.ts";

const claim: CellClaim = {
  role: "agent",
  run: "run-1",
  network: null,
  mounts: [{ volume: "sockets", at: "/run/cell", writable: false }],
  environment: [],
  user: 65_534,
  pids: 64,
  memory: 1_024,
};
const sound: CellInspection = {
  State: { Running: true },
  Config: { User: "65534:65534", Env: ["PATH=/bin"], Labels: { [CELL_LABEL]: "run-1" } },
  HostConfig: {
    NetworkMode: "none",
    ReadonlyRootfs: true,
    Privileged: false,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    PidsLimit: 64,
    Memory: 1_024,
    IpcMode: "none",
  },
  NetworkSettings: { Networks: { none: {} } },
  Mounts: [{ Type: "volume", Name: "sockets", Destination: "/run/cell", RW: false }],
};

test("a container that is as claimed is sound", () => {
  expect(() => inspectCell(sound, claim, [])).not.toThrow();
});

test.each<[string, Partial<CellInspection>, RegExp]>([
  ["ended", { State: { Running: false } }, /running: true was claimed, false was found/],
  [
    "on two networks",
    { NetworkSettings: { Networks: { bridge: {}, none: {} } } },
    /networks: \["none"\] was claimed, \["bridge","none"\] was found/,
  ],
  [
    "with a volume that it can write to",
    { Mounts: [{ Type: "volume", Name: "sockets", Destination: "/run/cell", RW: true }] },
    /sockets at \/run\/cell \(read-only\)"\] was claimed, \["sockets at \/run\/cell \(writable\)"\]/,
  ],
  [
    "with the engine's own socket",
    {
      Mounts: [
        ...sound.Mounts,
        { Type: "bind", Source: "/var/run/docker.sock", Destination: "/docker.sock", RW: true },
      ],
    },
    /"bind:\/var\/run\/docker\.sock at \/docker\.sock \(writable\)"/,
  ],
  [
    "with more in its environment",
    { Config: { ...sound.Config, Env: ["PATH=/bin", "KEY=value-of-it"] } },
    /environment: \["PATH"\] was claimed, \["KEY","PATH"\] was found/,
  ],
  [
    "of another run",
    { Config: { ...sound.Config, Labels: { [CELL_LABEL]: "run-0" } } },
    /run: "run-1" was claimed, "run-0" was found/,
  ],
  [
    "with a capability",
    { HostConfig: { ...sound.HostConfig, CapAdd: ["SYS_PTRACE"] } },
    /capabilities added/,
  ],
  ["with a device", { HostConfig: { ...sound.HostConfig, Devices: [{}] } }, /devices: \[\] was claimed/],
  ["with a published port", { HostConfig: { ...sound.HostConfig, PortBindings: { "80/tcp": [] } } }, /ports/],
  ["with the host's memory", { HostConfig: { ...sound.HostConfig, IpcMode: "host" } }, /shared memory/],
  [
    "with a name for the host",
    { HostConfig: { ...sound.HostConfig, ExtraHosts: ["h:1"] } },
    /names of hosts/,
  ],
])("a container %s is not what was claimed, and it is said what differs", (_title, change, message) => {
  const inspect = (): void => inspectCell({ ...sound, ...change }, claim, []);
  expect(inspect).toThrow(message);
  expect(inspect).not.toThrow(/value-of-it/);
});

test("a network counts as internal when the engine says so and took the host's address off it", () => {
  const networked = { ...claim, network: "cells" };
  const found: CellInspection = {
    ...sound,
    HostConfig: { ...sound.HostConfig, NetworkMode: "cells" },
    NetworkSettings: { Networks: { cells: {} } },
  };
  const internal = { Name: "cells", Internal: true, Options: { [NO_HOST_ADDRESS]: "true" } };
  expect(() => inspectCell(found, networked, [internal])).not.toThrow();
  expect(() => inspectCell(found, networked, [{ ...internal, Internal: false }])).toThrow(/cells internal/);
  expect(() => inspectCell(found, networked, [{ ...internal, Options: {} }])).toThrow(
    /cells without the host/,
  );
});

test("an open port, a refusal and silence are all ways out; that there is no route is none", async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const open = await probeRoutes([{ host: "127.0.0.1", port }]);
  expect(open.targets).toEqual([{ host: "127.0.0.1", port, result: "open" }]);
  await new Promise((resolve) => server.close(resolve));
  const refused = await probeRoutes([{ host: "127.0.0.1", port }]);
  expect(refused.targets).toEqual([{ host: "127.0.0.1", port, result: "refused" }]);
  const target = (result: "no-route" | "refused" | "timeout") => ({ host: "192.0.2.1", port: 1, result });
  const routes = (result: "no-route" | "refused" | "timeout") =>
    openRoutes({ interfaces: [], routes: 0, targets: [target(result)] }, false);
  expect(routes("no-route")).toEqual([]);
  expect(routes("refused")).toEqual(["192.0.2.1:1 (refused)"]);
  // A refusal that nobody made: a firewall that drops, or a machine that is busy, proves nothing.
  expect(routes("timeout")).toEqual(["192.0.2.1:1 (timeout)"]);
  expect(openRoutes({ interfaces: ["eth0"], routes: 1, targets: [] }, false)).toEqual([
    "interface eth0",
    "1 routes",
  ]);
});

test("a canary is found in each form in which it travels, and across chunks", async () => {
  const value = "sk_live_Canary?/+0123456789";
  const canary = { name: "it", value };
  const carriers = [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString("hex"),
    Buffer.from(value).toString("hex").toUpperCase(),
    ...["", "a", "ab"].flatMap((before) =>
      (["base64", "base64url"] as const).map((form) => Buffer.from(`${before}${value}z`).toString(form)),
    ),
  ];
  for (const carrier of carriers) {
    const text = `x${carrier}y`;
    for (const cut of [1, 5, text.length - 2])
      expect(await searchStream([text.slice(0, cut), text.slice(cut)], [canary]), carrier).toEqual(["it"]);
  }
  expect(await searchStream([value.slice(0, -1), "-"], [canary])).toEqual([]);
  await expect(searchStream([], [{ name: "short", value: "abc" }])).rejects.toThrow(TypeError);
});

test("secrets leave the stage encrypted, with a key for one answer", () => {
  const key = "0b".repeat(32);
  const sealed = sealCanaries(["rk_test_secret"], key);
  expect(openCanaries(sealed, key)).toEqual(["rk_test_secret"]);
  expect(Buffer.from(sealed, "hex").includes("rk_test_secret")).toBe(false);
  expect(() => openCanaries(sealed, "0c".repeat(32))).toThrow(/authenticate/);
});

test("a cell answers by its own methods alone, and says what went wrong", async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const served = serveCalls(
    { double: (value: number) => 2 * value, fail: () => Promise.reject(new Error("on purpose")) },
    input,
    output,
  );
  const cell = callCell(input, output, () => "it ended");
  expect(await Promise.all([cell.call("double", 2), cell.call("double", 4)])).toEqual([4, 8]);
  await expect(cell.call("fail")).rejects.toThrow("on purpose");
  for (const name of ["constructor", "toString", "__proto__"])
    await expect(cell.call(name), name).rejects.toThrow(`the cell has no method ${name}`);
  input.end();
  await served;
});

test("an archive is one that tar reads, long names and links among it, and the same whenever it is made", async () => {
  const folder = await mkdtemp(join(tmpdir(), "watchword-tar-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const long = `${"deep/".repeat(30)}file.txt`;
  const entries = [
    { kind: "file", path: long, content: Buffer.from("long") },
    { kind: "file", path: "a.txt", content: Buffer.from("short") },
    { kind: "link", path: "link", target: long },
    { kind: "folder", path: "empty", owner: 65_534 },
  ] as const;
  const bytes = async (given: readonly (typeof entries)[number][]): Promise<Buffer> =>
    buffer(tarArchive(given));
  const archive = await bytes(entries);
  expect((await bytes(entries.toReversed())).equals(archive)).toBe(true);
  await writeFile(join(folder, "archive.tar"), archive);
  const { status, stderr } = spawnSync("tar", ["-xf", "archive.tar"], { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(await readFile(join(folder, "link"), "utf8")).toBe("long");
});
