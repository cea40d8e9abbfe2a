import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { postgresImage } from "./postgres-image.ts";
import { containedAgent } from "./contained-agent.ts";
import { CANARY, scene } from "./scene.ts";
import { serving } from "./serving.ts";

const FILE = fileURLToPath(new URL("../compose/compose.yaml", import.meta.url));
interface Service {
  readonly image: string;
  readonly read_only?: boolean;
  readonly user?: string;
  readonly cap_drop?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}
const { services, networks } = parse(readFileSync(FILE, "utf8")) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
};

describe("the compose file", () => {
  test("runs our image as nobody over a root it cannot write, and reaches no further than this machine", () => {
    for (const name of ["broker", "migrate"])
      expect(services[name]).toMatchObject({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
    expect(services["broker"]?.user).toBe("65532:65532");
    for (const port of services["broker"]?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test("keeps the database from everybody but the broker", () => {
    expect(services["database"]).not.toHaveProperty("ports");
    expect(services["database"]?.networks).toEqual(["data"]);
    expect(networks["data"]?.internal).toBe(true);
  });

  test("holds no password", () => {
    const values = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
    for (const [name, value] of values)
      expect(`${name}: ${value}`).toMatch(
        /^(POSTGRES_(DB|USER): \w+|\w+_FILE: \/run\/secrets\/[\w-]+|\w+: \$\{\w+:\?[^}]+\})$/,
      );
  });
});

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDER = fileURLToPath(new URL("../compose", import.meta.url));
const PLACE = "/etc/watchword";
const CLI = "/app/node_modules/@watchword/cli/dist/main.js";
const PROJECT = `watchword-test-${randomUUID().slice(0, 8)}`;
let work: string;
let environment: NodeJS.ProcessEnv;

function run(command: string, args: readonly string[], cwd = ROOT): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: environment,
    maxBuffer: 1 << 26,
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `${stdout}${stderr}`}`);
}

const plugin = (): boolean => spawnSync("docker", ["compose", "version"]).status === 0;
const compose = (...words: string[]): string => {
  const [command, first] = plugin() ? ["docker", ["compose"]] : ["docker-compose", []];
  const file = join(work, "compose", "compose.yaml");
  return run(command, [...first, "--project-name", PROJECT, "--file", file, ...words]);
};
const containerOf = (service: string): string => compose("ps", "--quiet", service).trim();
const inspected = (container: string, what: string): string =>
  run("docker", ["inspect", "--format", what, container]).trim();
const asked = (sql: string): string => {
  const psql = ["psql", "--username=watchword_owner", "--dbname=watchword", "--no-align", "--tuples-only"];
  return run("docker", ["exec", containerOf("database"), ...psql, `--command=${sql}`]).trim();
};

if (process.env["WATCHWORD_CONTAINERS"] === "1") {
  describe("the compose file, started", () => {
    let image: string;
    beforeAll(async () => {
      work = await mkdtemp(join(tmpdir(), "watchword-compose-"));
      environment = { ...process.env };
      const archive = (name: string): string => join(work, `${name}.tar`);
      if (process.env["WATCHWORD_IMAGE"] === undefined) {
        run("tsc", ["-b"]);
        const built = run("node", ["tools/build-image.ts", "--output", archive("broker")]);
        image = (JSON.parse(built) as { readonly tag: string }).tag;
        run("docker", ["load", "--input", archive("broker")]);
      } else image = process.env["WATCHWORD_IMAGE"];
      const database = postgresImage(archive("postgres"), work);
      run("docker", ["load", "--input", archive("postgres")]);
      await cp(FOLDER, join(work, "compose"), { recursive: true });
      for (const name of ["owner", "store"]) {
        await writeFile(join(work, "compose", `${name}-password`), `of-${name}-canary`);
        await chmod(join(work, "compose", `${name}-password`), 0o644);
      }
      environment = {
        ...process.env,
        WATCHWORD_IMAGE: image,
        WATCHWORD_POSTGRES_IMAGE: database,
        WATCHWORD_OWNER_URL: "postgresql://watchword_owner:of-owner-canary@database/watchword",
        WATCHWORD_CONFIGURATION: join(work, "configuration"),
      };
    }, 600_000);
    afterAll(async () => {
      compose("down", "--volumes", "--timeout", "5");
      run("docker", ["rmi", "--force", environment["WATCHWORD_POSTGRES_IMAGE"] ?? ""]);
      await rm(work, { recursive: true, force: true });
    });

    test("is one that docker compose takes", () => {
      expect(compose("config", "--quiet")).toBe("");
    });

    test("migrates by its own role, is ready over PostgreSQL, mints what the policy allows and denies the rest, and drains", async () => {
      const configuration = join(work, "configuration");
      await mkdir(configuration);
      const tokens = await scene(configuration, {
        directory: "/etc/watchword",
        state: "/var/lib/watchword",
        store: "{ postgres: { url: { file: store-url } } }",
        listen: "host: 0.0.0.0, allowRemote: true",
        twin: "http://127.0.0.1:9100",
        brokerPort: 8080,
        gatewayPort: 8081,
        metricsPort: 9090,
      });
      await writeFile(
        join(configuration, "store-url"),
        "postgresql://watchword_store:of-store-canary@database/watchword",
      );
      compose("up", "--detach");
      const broker = containerOf("broker");
      const log = serving("docker", ["logs", "--follow", broker]);
      expect(await log.ready, log.said()).toMatchObject({ environment: "production" });
      expect(inspected(containerOf("migrate"), "{{.State.ExitCode}}")).toBe("0");
      // The broker's role owns nothing, and is nobody special.
      expect(
        asked(
          "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
        ),
      ).toBe("watchword_owner");
      expect(
        asked("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'watchword_store'"),
      ).toBe("f|f|f");
      expect(asked("SELECT DISTINCT usename FROM pg_stat_activity WHERE client_addr IS NOT NULL")).toBe(
        "watchword_store",
      );

      const agent = [
        "run",
        "--rm",
        "--interactive",
        `--network=container:${broker}`,
        `--volume=${ROOT}:${ROOT}:ro`,
        "--entrypoint=/usr/local/bin/node",
        image,
        "--conditions=@watchword/source",
        `${ROOT}/apps/broker/test/compose-agent.ts`,
        "9100",
        JSON.stringify([tokens, await tokens.another()]),
      ];
      const importing = ["exec", broker, "/usr/local/bin/node", CLI, "tenants", "import"];
      const said = (await containedAgent(agent, () => {
        run("docker", [...importing, `${PLACE}/tenants.yaml`, "--config", `${PLACE}/watchword.config.yaml`]);
      })) as { answers: object[]; ready: number; refunds: number };
      expect(said).toMatchObject({ ready: 200, refunds: 1 });
      expect(said.answers[0]).toEqual({ status: 200 });
      expect(said.answers[1]).toMatchObject({ error: "access_denied", reason: "limit_exceeded" });
      // From this machine, as published.
      expect((await fetch("http://127.0.0.1:8080/healthz")).status).toBe(200);
      compose("stop");
      await log.ended;
      expect(inspected(broker, "{{.State.ExitCode}}"), log.said()).toBe("0");
      expect(log.said()).toMatch(/"event":"draining"[^]*"event":"stopped"/);
      expect(log.said() + inspected(broker, "{{json .Config}}")).not.toMatch(
        new RegExp(`${CANARY}|of-store-canary`),
      );
    }, 300_000);
  });
} else {
  console.warn(
    "apps/broker: the compose file was neither checked by docker compose nor started here, since WATCHWORD_CONTAINERS is not 1.",
  );
}
