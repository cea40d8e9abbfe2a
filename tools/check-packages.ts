import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** Who may depend on whom at run time, as docs/house-tour.md says it. Outside packages are named per package, too. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "@watchword/core": ["jose", "zod"],
  "@watchword/policy": ["@watchword/core", "yaml", "zod"],
  "@watchword/identity": ["@watchword/core", "jose", "zod"],
  "@watchword/telemetry": ["@watchword/core", "@opentelemetry/api"],
  "@watchword/broker": [
    "@watchword/core",
    "@watchword/policy",
    "@watchword/telemetry",
    "hono",
    "postgres",
    "zod",
  ],
  "@watchword/gateway": ["@watchword/core", "@watchword/telemetry", "undici"],
  "@watchword/middleware": ["@watchword/core", "@watchword/policy", "@watchword/telemetry"],
  "@watchword/verify": ["@watchword/core"],
  "@watchword/emulators": ["@watchword/core"],
  "@watchword/conformance": ["@watchword/core", "fast-check"],
  "@watchword/boundary": ["@watchword/core", "@watchword/policy", "@watchword/telemetry", "zod"],
  "@watchword/server": [
    "@watchword/broker",
    "@watchword/core",
    "@watchword/gateway",
    "@watchword/identity",
    "@watchword/policy",
    "@watchword/telemetry",
    "yaml",
    "zod",
  ],
  "@watchword/cli": ["@watchword/core", "@watchword/policy", "commander"],
  "@watchword/adapter-github": ["@watchword/core", "jose", "zod"],
  "@watchword/adapter-azure": ["@watchword/core", "@watchword/adapter-http", "zod"],
  "@watchword/adapter-oauth": ["@watchword/core", "@watchword/adapter-http", "oauth4webapi", "zod"],
  "@watchword/adapter-postgres": ["@watchword/core", "postgres", "zod"],
  "@watchword/adapter-salesforce": ["@watchword/core", "jose", "zod"],
  "@watchword/adapter-snowflake": ["@watchword/core", "zod"],
};
const ADAPTER = ["@watchword/core", "zod"];
const VAGUE = /^(utils?|helpers?|common|types|misc|shared)\.ts$/;
const MAX_CODE_LINES = 300;

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>> | string>>;
}

/** Says what is not in order in the packages below `root`; empty when all is. */
export function checkPackages(root: string): string[] {
  return ["packages", "packages/adapters", "packages/bridges"].flatMap((group) => {
    if (!existsSync(join(root, group))) return [];
    return readdirSync(join(root, group))
      .map((entry) => join(root, group, entry))
      .filter((folder) => existsSync(join(folder, "package.json")))
      .flatMap((folder) =>
        checkPackage(
          folder,
          group === "packages/adapters" ? `adapter-${basename(folder)}` : basename(folder),
        ),
      );
  });
}

function checkPackage(folder: string, expectedName: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const problems: string[] = [];
  const need = (holds: boolean, text: string): void =>
    void (holds || problems.push(`${manifest.name}: ${text}`));
  need(manifest.name === `@watchword/${expectedName}`, `the folder says @watchword/${expectedName}`);
  need((manifest.description ?? "") !== "", "description is missing");
  need(manifest.license === "Apache-2.0", "license is not Apache-2.0");
  need(existsSync(join(folder, "README.md")), "README.md is missing");
  if (manifest.private !== true) {
    need(
      manifest.type === "module" && manifest.sideEffects === false,
      'type must be "module" and sideEffects false',
    );
    checkExports(manifest, need);
    const allowed = ALLOWED[manifest.name] ?? (expectedName.startsWith("adapter-") ? ADAPTER : []);
    for (const name of Object.keys(manifest.dependencies ?? {}))
      need(allowed.includes(name), `may not depend on ${name} (allowed: ${allowed.join(", ")})`);
  }
  for (const file of sources(join(folder, "src"))) {
    need(
      !VAGUE.test(basename(file)),
      `${basename(file)} says nothing; name it after the one thing it exports`,
    );
    const text = readFileSync(file, "utf8");
    for (const specifier of relativeImports(text))
      need(
        !relative(join(folder, "src"), join(dirname(file), specifier)).startsWith(".."),
        `${basename(file)} reaches into another package by ${specifier}; import its name`,
      );
    const lines = text.split("\n").filter((line) => !/^\s*(\/\/|\*|\/\*|$)/.test(line)).length;
    need(lines <= MAX_CODE_LINES, `${basename(file)} has ${lines} code lines, more than ${MAX_CODE_LINES}`);
  }
  return problems;
}

function relativeImports(text: string): string[] {
  return [...text.matchAll(/(?:from|import\(?|new URL\()\s*["'](\.[^"']*)["']/g)].map(
    (match) => match[1] ?? "",
  );
}

function checkExports(manifest: Manifest, need: (holds: boolean, text: string) => void): void {
  for (const [path, entry] of Object.entries(manifest.exports ?? {})) {
    if (typeof entry === "string") continue;
    need(
      Object.keys(entry).join() === "@watchword/source,types,default",
      `exports["${path}"] must be @watchword/source, types, default in this order`,
    );
  }
  need(manifest.exports?.["./package.json"] !== undefined, "./package.json is not exported");
}

function sources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) return sources(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

if (import.meta.main) {
  const problems = checkPackages(process.cwd());
  for (const problem of problems) console.error(problem);
  console.error(problems.length === 0 ? "packages: in order" : `packages: ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
