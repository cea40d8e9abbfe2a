import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { imageArchive } from "../../../tools/image-archive.ts";
import manifest from "../package.json" with { type: "json" };
import { containedAgent } from "./contained-agent.ts";
import { CANARY, scene } from "./scene.ts";
import { serving } from "./serving.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), "watchword-image-test-"));
});
afterEach(() => rm(work, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

test("the same contents are the same image, whenever and by whomever they were written", async () => {
  const digests: string[] = [];
  const bytes: Buffer[] = [];
  for (const time of [1_000, 2_000_000]) {
    const folder = join(work, `input-${time}`);
    await mkdir(join(folder, "app"), { recursive: true });
    await writeFile(join(folder, "app", "main.js"), "1", { mode: time === 1_000 ? 0o600 : 0o664 });
    await utimes(join(folder, "app", "main.js"), time, time);
    const archive = join(work, `${time}.tar`);
    const image = imageArchive(
      archive,
      join(work, `work-${time}`),
      "watchword/broker",
      [{ says: "app", folder, owner: 0, members: ["app"] }],
      { User: "1:1", Entrypoint: ["/n"], Env: [], WorkingDir: "/", StopSignal: "SIGTERM", Labels: {} },
    );
    expect(image.tag).toBe(`watchword/broker:${image.digest.slice(7, 19)}`);
    digests.push(image.digest);
    bytes.push(await readFile(archive));
  }
  expect(digests[0]).toBe(digests[1]);
  expect(bytes[0]?.equals(bytes[1] ?? Buffer.alloc(0))).toBe(true);
});

/** Names as a configuration writes them: `adapter: stripe`. */
const ADAPTERS = readdirSync(join(ROOT, "packages/adapters"));
/** Loads an adapter as the server does for a configuration that names it, and says what it exports by that name. */
const LOAD = `const [, from, name] = process.argv;
const path = require("node:module").createRequire(from).resolve("@watchword/adapter-" + name);
import(path).then((adapter) => console.log(typeof adapter[name]));`;

test("every adapter that there is belongs to the image", () => {
  expect(ADAPTERS.map((adapter) => `@watchword/adapter-${adapter}`).toSorted()).toEqual(
    Object.keys(manifest.dependencies).filter((name) => name.startsWith("@watchword/adapter-")),
  );
});

if (process.env["WATCHWORD_CONTAINERS"] === "1") {
  describe("the image in a container without network, capabilities, or a root to write to", () => {
    const name = `watchword-test-${randomUUID()}`;
    afterEach(() => {
      for (const args of [
        ["rm", "--force", name],
        ["volume", "rm", "--force", name],
      ])
        spawnSync("docker", args);
    });

    test("carries a refund, says that it is ready, keeps its secret, and drains by SIGTERM", async () => {
      const archive = join(work, "image.tar");
      run("tsc", ["-b"]);
      const { tag } = JSON.parse(run("node", ["tools/build-image.ts", "--output", archive])) as {
        readonly tag: string;
      };
      run("docker", ["load", "--input", archive]);
      const configuration = join(work, "configuration");
      await mkdir(configuration);
      const tokens = await scene(configuration, {
        directory: "/etc/watchword",
        state: "/var/lib/watchword",
        twin: "http://127.0.0.1:9100",
        brokerPort: 9101,
        gatewayPort: 9102,
        metricsPort: 9103,
      });
      const hardened = [
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--user=65532:65532",
      ];
      const server = serving("docker", [
        "run",
        `--name=${name}`,
        "--network=none",
        ...hardened,
        `--volume=${name}:/var/lib/watchword`,
        `--volume=${configuration}:/etc/watchword:ro`,
        tag,
      ]);
      expect(await server.ready, server.said()).toMatchObject({ environment: "production" });
      const inside = "try{require('fs').writeFileSync(process.argv[1],'')}catch(e){console.log(e.code)}";
      for (const [path, code] of [
        ["/written", "EROFS"],
        ["/app/main.ts", "EROFS"],
        ["/tmp/written", "ENOENT"],
        ["/etc/watchword/stripe.key", "EROFS"],
      ] as const)
        expect(run("docker", ["exec", name, "node", "-e", inside, path]).trim(), path).toBe(code);
      expect(() => run("docker", ["exec", name, "sh"])).toThrow(/sh/);
      const status = "console.log(require('fs').readFileSync('/proc/1/status','utf8'))";
      const said = run("docker", ["exec", name, "node", "-e", status]);
      expect(said).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
      expect(said).toMatch(/^CapBnd:\t0+$/m);
      expect(said).toMatch(/^NoNewPrivs:\t1$/m);

      const from = "/app/node_modules/@watchword/server/dist/index.js";
      for (const adapter of ADAPTERS)
        expect(run("docker", ["exec", name, "node", "-e", LOAD, from, adapter]).trim(), adapter).toBe(
          "function",
        );

      // As the chart's Job and the compose file name it.
      const cli = "/app/node_modules/@watchword/cli/dist/main.js";
      const agent = [
        "run",
        "--rm",
        "--interactive",
        `--network=container:${name}`,
        ...hardened,
        `--volume=${ROOT}:${ROOT}:ro`,
        "--entrypoint=/usr/local/bin/node",
        tag,
        "--conditions=@watchword/source",
        `${ROOT}/apps/broker/test/container-agent.ts`,
        "9100",
        "http://127.0.0.1:9101",
        "http://127.0.0.1:9103",
        JSON.stringify(tokens),
      ];
      const file = "/etc/watchword/watchword.config.yaml";
      const words = ["tenants", "import", "/etc/watchword/tenants.yaml", "--config", file];
      const importTenants = (): void => void run("docker", ["exec", name, "node", cli, ...words]);
      expect(await containedAgent(agent, importTenants)).toEqual({
        refunded: { status: 200 },
        ready: 200,
        refunds: 1,
        leased: "1",
        outside: "ENETUNREACH",
      });
      expect(run("docker", ["exec", name, "node", cli, "migrate", "--help"])).toContain("--role");
      const gateway = spawnSync("docker", ["run", "--rm", "--network=none", ...hardened, tag, "gateway"], {
        encoding: "utf8",
      });
      expect([gateway.status, gateway.stderr]).toEqual([
        3,
        expect.stringContaining("/etc/watchword/gateway.config.yaml  cannot be read") as unknown,
      ]);
      run("docker", ["stop", "--time=20", name]);
      expect(await server.ended).toBe(0);
      expect(server.said()).toMatch(/"event":"draining"[^]*"event":"stopped"/);
      expect(server.said() + run("docker", ["inspect", name])).not.toContain(CANARY);
      run("docker", ["rm", "--force", name]);
      run("docker", ["rmi", tag]);
    }, 300_000);
  });
} else {
  console.warn(
    "apps/broker: the image was built and run by no test here, since WATCHWORD_CONTAINERS is not 1. It needs a container engine that `docker` reaches.",
  );
}
