import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { imageArchive } from "./image-archive.ts";
import { USER, nativeRuntime } from "./native-runtime.ts";
import { productionTree } from "./production-tree.ts";
import { type PublicPackage, publicPackages, readManifest } from "./public-packages.ts";
import { tarballProblems } from "./tarball-problems.ts";

/**
 * The broker's image: FROM scratch, from this very Node, the packages as they are published, and nothing that is
 * fetched. Needs the build (`tsc -b`) and no container engine; `docker load`, `podman load` and `skopeo` take it.
 */
const root = process.cwd();
const pnpm = (readManifest(join(root, "package.json")) as unknown as { packageManager: string })
  .packageManager;
const DATA = "var/lib/watchword";

const { values } = parseArgs({ options: { output: { type: "string", default: "watchword-broker.tar" } } });
const archive = resolve(values.output);
const work = mkdtempSync(join(tmpdir(), "watchword-image-"));
try {
  build();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function build(): void {
  const packages = publicPackages(root);
  const adapters = packages.map(({ manifest }) => manifest.name).filter((name) => name.includes("/adapter-"));
  const [runtime, app] = [join(work, "runtime"), join(work, "app")];
  nativeRuntime(runtime);
  mkdirSync(join(app, "app"), { recursive: true });
  const inside = productionTree({
    target: join(app, "app"),
    wanted: ["@watchword/cli", "@watchword/server", ...adapters],
    packages,
    unpack,
  });
  copyFileSync(join(root, "apps/broker/src/main.ts"), join(app, "app", "main.ts"));
  writeFileSync(join(app, "app", "package.json"), '{ "private": true, "type": "module" }\n');
  mkdirSync(join(app, DATA), { recursive: true });
  mkdirSync(join(app, "etc/watchword"), { recursive: true });
  const image = imageArchive(
    archive,
    work,
    "watchword/broker",
    [
      {
        says: "node, its libraries, certificate authorities",
        folder: runtime,
        owner: 0,
        members: readdirSync(runtime),
      },
      { says: "the broker", folder: app, owner: 0, members: ["app", "etc"] },
      { says: "where state goes", folder: app, owner: USER, members: [DATA], foldersOnly: true },
    ],
    {
      User: `${USER}:${USER}`,
      Entrypoint: ["/usr/local/bin/node", "/app/main.ts"],
      Env: [
        "PATH=/usr/local/bin",
        "NODE_ENV=production",
        "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
        "WATCHWORD_CONFIG=/etc/watchword/watchword.config.yaml",
      ],
      WorkingDir: `/${DATA}`,
      StopSignal: "SIGTERM",
      Labels: {
        "org.opencontainers.image.title": "watchword-broker",
        "org.opencontainers.image.licenses": "Apache-2.0",
      },
    },
  );
  console.log(JSON.stringify({ archive, node: process.version, ...image, packages: inside }, null, 2));
}

/** Packs a package as a release would, and unpacks it. @throws Error when strangers would not get it like that */
function unpack({ folder, manifest }: PublicPackage, place: string): void {
  const tarball = join(work, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
  run("npx", ["-y", pnpm, "pack", "--pack-destination", work], folder);
  mkdirSync(place, { recursive: true });
  run("tar", ["-xzf", tarball, "--strip-components=1", "-C", place], work);
  const files = run("tar", ["-tzf", tarball], work)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^package\//, ""));
  const problems = tarballProblems(files, readManifest(join(place, "package.json")));
  if (problems.length > 0) throw new Error(`${manifest.name}: ${problems.join("; ")}`);
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args[0] ?? ""} failed: ${error?.message ?? stderr}`);
}
