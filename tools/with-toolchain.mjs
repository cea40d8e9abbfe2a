// Runs on any Node >= 18, before anything is installed: node: imports only, no TypeScript.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEngine } from "./start-engine.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const stamp = join(root, "node_modules", ".watchword-install");
// Tests start hundreds of processes and threads from the same sources: each file is compiled by the first of them alone.
const compiled = join(root, "node_modules", ".cache", "node-compile");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const pnpmVersion = manifest.packageManager.split("@").pop();

const steps = {
  test: [["vitest", "run"]],
  demo: [["node", "--conditions=@watchword/source", "apps/demo/src/main.ts"]],
  bench: [["node", "--conditions=@watchword/source", "apps/bench/src/main.ts"]],
  lint: [
    ["oxlint", "--type-aware", "--deny-warnings"],
    ["node", "tools/check-packages.ts"],
  ],
  format: [["oxfmt", "--check"]],
  "format:write": [["oxfmt"]],
  types: [
    ["tsc", "-b", "--force"],
    ["tsc", "-p", "tsconfig.test.json"],
  ],
  build: [["tsc", "-b"]],
  packages: [["node", "tools/check-tarballs.ts"]],
  image: [
    ["tsc", "-b"],
    ["node", "tools/build-image.ts"],
  ],
  unused: [["knip"]],
  "break-checks": [["node", "tools/break-checks.ts"]],
  mutants: [["node", "tools/run-mutants.ts"]],
};

const [name, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(steps, name ?? "")) {
  console.error(`unknown task ${name}; known: ${Object.keys(steps).join(", ")}`);
  process.exit(2);
}
install();
if (name === "mutants") installMutants();
const engine = name === "test" && needsEngine(rest) ? await startEngine() : undefined;
steps[name].forEach(([command, ...args], index, all) => {
  const tail = index === all.length - 1 ? rest : [];
  const { status, error } = spawnSync(join(bin, command), [...args, ...tail], {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: bin + delimiter + process.env.PATH,
      ...(name === "test" ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compiled } : {}),
      ...(engine === undefined ? {} : { DOCKER_HOST: engine }),
    },
  });
  if (error) console.error(`${command} did not start: ${error.message}`);
  if (status !== 0) process.exit(status ?? 70);
});

/** Whether tests in containers are among those that are named; they are when none is. */
function needsEngine(words) {
  const named = words.filter((word) => !word.startsWith("-"));
  return named.length === 0 || named.some((word) => word.includes("boundary"));
}

/** Install only when a manifest, the lockfile or this machine differs from the last install. */
function install() {
  const want = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want && existsSync(join(bin, "node"))) return;
  rmSync(stamp, { force: true });
  console.error(`watchword: installing with pnpm ${pnpmVersion} (once; later starts skip this) …`);
  runPnpm(root, ["install", "--frozen-lockfile"]);
  const node = spawnSync(join(bin, "node"), ["--version"], { encoding: "utf8" });
  if (!/^v24\./.test(node.stdout ?? "")) {
    console.error(`expected Node 24 in node_modules/.bin, got ${node.stdout ?? node.error?.message}`);
    process.exit(4);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, want);
}

/** The tools of mutation testing, which are no part of the workspace: nobody else has to install them. */
function installMutants() {
  const folder = join(root, "tools", "mutants");
  const done = join(folder, "node_modules", ".watchword-install");
  const want = createHash("sha256")
    .update(readFileSync(join(folder, "pnpm-lock.yaml")))
    .digest("hex");
  if (existsSync(done) && readFileSync(done, "utf8") === want) return;
  console.error("watchword: installing the tools of mutation testing (once) …");
  runPnpm(folder, ["install", "--frozen-lockfile", "--ignore-workspace"]);
  writeFileSync(done, want);
}

/** Runs the pinned pnpm without the settings that an outer npm put into the environment; ends the process if it fails. */
function runPnpm(cwd, args) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) =>
        !/^npm_(config_(?!cache|registry|cafile|proxy|https)|package_|lifecycle_|command)/i.test(key),
    ),
  );
  const { status } = spawnSync(
    process.platform === "win32" ? "npx.cmd" : "npx",
    ["-y", `pnpm@${pnpmVersion}`, ...args],
    { cwd, stdio: ["ignore", 2, 2], env, shell: process.platform === "win32" },
  );
  if (status === 0) return;
  console.error(
    "watchword: the installation failed; the lines above say why. It needs npm and a package registry that answers.",
  );
  process.exit(4);
}

function fingerprint() {
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"];
  for (const group of ["packages", "packages/adapters", "packages/bridges", "apps"]) {
    if (!existsSync(join(root, group))) continue;
    for (const entry of readdirSync(join(root, group))) {
      const file = join(group, entry, "package.json");
      if (existsSync(join(root, file))) files.push(file);
    }
  }
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}
