import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { type PublicPackage, publicPackages, readManifest, specifiersOf } from "./public-packages.ts";
import { tarballProblems } from "./tarball-problems.ts";

/**
 * The packages as strangers get them: packed, checked, and installed into an empty project outside of the workspace, where
 * nothing but the tarballs is. There every module is type-checked and imported, one tool call goes the whole way, the
 * contract suite runs, each command starts, and apps/example-ci proves its boundary. Needs a registry for what the packages depend on.
 */
const root = process.cwd();
const bin = join(root, "node_modules", ".bin");
const pnpm = (JSON.parse(readFileSync("package.json", "utf8")) as { packageManager: string }).packageManager;
/** Made for running inside a test runner, so importing it anywhere else is an error. `store-contract.ts` imports it. */
const IN_TEST_RUNNER = new Set(["@watchword/conformance"]);
const AS_JSON = '{ type: "json" }';

interface Packed extends PublicPackage {
  readonly tarball: string;
}

class CheckFailed extends Error {}

const place = mkdtempSync(join(tmpdir(), "watchword-packages-"));
try {
  checkAll();
  console.log("packages: fit for strangers");
} catch (error) {
  if (!(error instanceof CheckFailed)) throw error;
  console.error(`packages: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}

function checkAll(): void {
  const packages = publicPackages(root);
  if (packages.length === 0) throw new CheckFailed("there are none");
  say(`building ${packages.length} packages`);
  packages.forEach(removeStale);
  run("the build", ["tsc", "-b"], root);
  const packed = packages.map(pack);
  packed.forEach(checkExports);
  const consumer = makeConsumer(packed);
  checkOrigin(consumer, packed);
  say("type-checking every module, libraries included");
  run("types of the tarballs", [join(consumer, "node_modules/.bin/tsc"), "-p", "."], consumer);
  say("importing every module");
  run("an import", ["node", "import-all.js"], consumer);
  say("one refund end to end");
  run("a refund from the tarballs", ["node", "out/refund.js"], consumer);
  say("the contract suite of stores, as published");
  run(
    "@watchword/conformance",
    [join(consumer, "node_modules/.bin/vitest"), "run", "--root=.", "--reporter=dot"],
    consumer,
  );
  packed.forEach((each) => startCommands(each, consumer));
  checkExample(consumer, packed);
}

/** The example of a team's CI, where nothing but the installed tarballs is. */
function checkExample(consumer: string, packed: readonly Packed[]): void {
  const example = join(consumer, "example-ci");
  cpSync(join(root, "apps/example-ci"), example, { recursive: true });
  const names = Object.keys(readManifest(join(example, "package.json")).devDependencies ?? {});
  const strangers = names.filter(
    (name) => name !== "vitest" && !packed.some(({ manifest }) => manifest.name === name),
  );
  if (strangers.length > 0) throw new CheckFailed(`the example wants ${strangers.join(", ")}`);
  const command = (name: string): string => join(consumer, "node_modules/.bin", name);
  run("types of the example", [command("tsc"), "-p", "."], example);
  const files = [
    "--files",
    "boundary/refunds.boundary.yaml",
    "--report",
    "terminal,json,junit,sarif,svg,html",
  ];
  run("watchword verify in the example", [command("watchword"), "verify", ...files], example);
  for (const file of ["boundary.json", "report.html"])
    if (!existsSync(join(example, "boundary-report", file)))
      throw new CheckFailed(`no ${file} of the example`);
  run("vitest in the example", [command("vitest"), "run", "--reporter=dot"], example);
  say("the example of a team's CI proves its boundary");
}

/** A file whose source is gone would be packed with the others; the compiler never removes one. */
function removeStale({ folder }: PublicPackage): void {
  const dist = join(folder, "dist");
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const source = file.replace(/(?:\.d\.ts|\.js)(?:\.map)?$/, "");
    if (source === file || existsSync(join(folder, "src", `${source}.ts`))) continue;
    rmSync(join(dist, file));
    say(`${relative(root, join(dist, file))} had no source any more: removed`);
  }
}

function pack({ folder, manifest }: PublicPackage): Packed {
  const { name, version } = manifest;
  run(`packing ${name}`, ["npx", "-y", pnpm, "pack", "--pack-destination", place], folder);
  const tarball = join(place, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
  if (!existsSync(tarball)) throw new CheckFailed(`${name}: no tarball came of packing it`);
  const files = run(`listing ${name}`, ["tar", "-tzf", tarball], place)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^package\//, ""));
  const inside = join(place, "manifest.json");
  writeFileSync(inside, run(`reading ${name}`, ["tar", "-xzOf", tarball, "package/package.json"], place));
  const problems = tarballProblems(files, readManifest(inside));
  if (problems.length > 0) throw new CheckFailed(`${name}: ${problems.join("; ")}`);
  say(`${name}@${version}: packed, ${files.length} files`);
  return { folder, manifest, tarball };
}

function checkExports({ manifest, tarball }: Packed): void {
  run(`publint of ${manifest.name}`, ["publint", "run", tarball, "--strict"], place);
  say(`${manifest.name}: publint has nothing to say`);
}

function makeConsumer(packed: readonly Packed[]): string {
  const consumer = join(place, "consumer");
  cpSync(join(root, "tools/consumer"), consumer, { recursive: true });
  const specifiers = packed.flatMap(({ manifest }) => specifiersOf(manifest));
  const write = (file: string, lines: readonly string[]): void =>
    writeFileSync(join(consumer, file), `${lines.join("\n")}\n`);
  write("package.json", [JSON.stringify(consumerManifest(packed), null, 2)]);
  write("all.ts", [
    ...specifiers.map(
      (specifier, index) =>
        `import * as module${index} from "${specifier}"${isJson(specifier) ? ` with ${AS_JSON}` : ""};`,
    ),
    `export const modules: readonly object[] = [${specifiers.map((_, index) => `module${index}`).join(", ")}];`,
  ]);
  write("import-all.js", [
    ...specifiers
      .filter((specifier) => !IN_TEST_RUNNER.has(specifier))
      .map(
        (specifier) =>
          `await import("${specifier}"${isJson(specifier) ? `, { with: ${AS_JSON} }` : ""}).catch((error) => fail("${specifier}", error));`,
      ),
    "function fail(specifier, error) { console.error(specifier, error); process.exitCode = 1; }",
  ]);
  write("vitest.config.js", [`export default { test: { include: ["store-contract.ts"] } };`]);
  say(`installing ${packed.length} tarballs into an empty project`);
  run("installing the tarballs", ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], consumer);
  return consumer;
}

function isJson(specifier: string): boolean {
  return specifier.endsWith(".json");
}

/** Our packages by their tarballs, also where they depend on each other: nothing of the same name comes from a registry. */
function consumerManifest(packed: readonly Packed[]): object {
  const tarballs = packed.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`] as const);
  const tools = ["@types/node", "typescript", "vitest"].map((name) => {
    return [name, readManifest(join(root, "node_modules", name, "package.json")).version] as const;
  });
  return {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: Object.fromEntries(tarballs),
    // No optional peer is among them: types speak of none.
    devDependencies: Object.fromEntries(tools),
    overrides: Object.fromEntries(tarballs.map(([name]) => [name, `$${name}`])),
  };
}

function checkOrigin(consumer: string, packed: readonly Packed[]): void {
  const lock = JSON.parse(readFileSync(join(consumer, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
  };
  const ours = Object.entries(lock.packages).filter(([path]) => /(?:^|\/)@watchword\/[^/]+$/.test(path));
  for (const [path, { resolved = "nowhere" }] of ours)
    if (!resolved.startsWith("file:")) throw new CheckFailed(`${path} was installed from ${resolved}`);
  if (ours.length !== packed.length)
    throw new CheckFailed(`${packed.length} tarballs were installed as ${ours.length} packages`);
}

function startCommands({ manifest }: Packed, consumer: string): void {
  for (const command of Object.keys(manifest.bin ?? {})) {
    const said = run(
      `${manifest.name}: ${command} --help`,
      [join(consumer, "node_modules/.bin", command), "--help"],
      consumer,
    );
    if (!said.includes(command)) throw new CheckFailed(`${manifest.name}: ${command} --help says nothing`);
    say(`${manifest.name}: ${command} starts`);
  }
}

/** Runs a command with the pinned toolchain first on PATH, and gives what it printed. What it printed is shown when it fails. */
function run(what: string, [command = "", ...args]: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: environment(),
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error === undefined && status === 0) return stdout;
  console.error([stdout, stderr, error?.message].filter(Boolean).join("\n"));
  throw new CheckFailed(`${what} failed; the lines above say why`);
}

/** Of npm's settings only those that say where the registry is; no import condition of the workspace. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([key]) =>
      key !== "NODE_OPTIONS" &&
      !/^npm_(config_(?!cache|registry|cafile|proxy|https)|package_|lifecycle_|command)/i.test(key),
  );
  return { ...Object.fromEntries(kept), PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
}

function say(text: string): void {
  console.log(`packages: ${text}`);
}
