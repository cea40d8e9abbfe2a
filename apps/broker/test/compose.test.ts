import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

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

if (process.env["WATCHWORD_CONTAINERS"] === "1") {
  test("the compose file is one that docker compose takes", () => {
    const home = mkdtempSync(join(tmpdir(), "watchword-compose-"));
    try {
      const plugin = spawnSync("docker", ["compose", "version"]).status === 0;
      const { status, stderr } = spawnSync(
        plugin ? "docker" : "docker-compose",
        [...(plugin ? ["compose"] : []), "--file", FILE, "config", "--quiet"],
        {
          encoding: "utf8",
          env: {
            ...process.env,
            WATCHWORD_IMAGE: "watchword/broker:0123456789ab",
            WATCHWORD_OWNER_URL: "postgresql://watchword_owner@database/watchword",
            WATCHWORD_CONFIGURATION: home,
          },
        },
      );
      expect(`${status} ${stderr}`).toBe("0 ");
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
} else {
  console.warn(
    "apps/broker: docker compose did not check the compose file here, since WATCHWORD_CONTAINERS is not 1.",
  );
}
