import { spawn } from "node:child_process";
import { existsSync, lstatSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { conditionsOf } from "./conditions-of.ts";
import type { TarEntry } from "./tar-archive.ts";

/** A program that is run in cells, by its file's URL, and the words that follow it. */
export interface CellProgram {
  readonly url: URL;
  readonly words: readonly string[];
}

/** Where the code is in a cell: below this folder, each file at the path that it has here. */
const CODE = "/code";

/**
 * The code that a program needs, found by running it once with its input at its end: the files that it loaded, the whole of each
 * published package that one of them belongs to (workers and later imports are in it, too), and the links by which they find
 * each other. Of an application's own package nothing but what was loaded: its settings and secrets stay where they are.
 *
 * @throws Error with the program's own words when it does not end by itself with code 0
 */
export async function codeOf(program: CellProgram): Promise<TarEntry[]> {
  const entries = new Map<string, TarEntry>();
  const add = (entry: TarEntry): void => void entries.set(entry.path, entry);
  const packages = new Map<string, Set<string>>();
  for (const [specifier, parent, url] of await trace(program)) {
    if (!url.startsWith("file:")) continue;
    const file = realpathSync(fileURLToPath(url));
    add(fileAt(file));
    if (parent.startsWith("file:")) for (const link of linksTo(specifier, fileURLToPath(parent))) add(link);
    const manifest = findPackageJSON(url);
    if (manifest === undefined) continue;
    add(fileAt(realpathSync(manifest)));
    const folder = dirname(realpathSync(manifest));
    const loaded = packages.get(folder) ?? new Set();
    packages.set(folder, loaded.add(relative(folder, file).split(sep)[0] ?? ""));
  }
  for (const [folder, loaded] of packages)
    if (isPublished(folder)) for (const file of filesOf(folder, loaded)) add(fileAt(file));
  return [...entries.values()];
}

/** A file's path in a cell. */
export function pathInCell(url: URL): string {
  return `${CODE}/${inside(realpathSync(fileURLToPath(url)))}`;
}

type Resolution = readonly [specifier: string, parent: string, url: string];

async function trace({ url, words }: CellProgram): Promise<readonly Resolution[]> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const tracer = new URL(`./trace-modules.${extension}`, import.meta.url).href;
  const child = spawn(
    process.execPath,
    [...conditionsOf(process.execArgv), "--import", tracer, fileURLToPath(url), ...words],
    { stdio: ["ignore", "ignore", "pipe", "pipe"], env: {} },
  );
  const [traced, said, code] = await Promise.all([
    text(child.stdio[3] as Readable),
    text(child.stderr as Readable),
    new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    }),
  ]);
  if (code !== 0) throw new Error(`${fileURLToPath(url)} cannot be run in a cell: ${said}`);
  return JSON.parse(traced) as readonly Resolution[];
}

function fileAt(file: string): TarEntry {
  return { kind: "file", path: inside(file), content: { file } };
}

/** `C:\app\x.js` → `C/app/x.js` */
function inside(path: string): string {
  return path.replaceAll("\\", "/").replace(":", "").replace(/^\//, "");
}

/** The link in a `node_modules` by which a package is found under its name, where it is one. */
function linksTo(specifier: string, parent: string): TarEntry[] {
  const name = /^(@[^/]+\/[^/]+|[^./@#][^/:]*)(?:\/|$)/.exec(specifier)?.[1];
  if (name === undefined) return [];
  for (let folder = dirname(parent); folder !== dirname(folder); folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (!existsSync(place)) continue;
    if (!lstatSync(place).isSymbolicLink()) return [];
    const target = relative(dirname(place), realpathSync(place)).replaceAll("\\", "/");
    return [{ kind: "link", path: inside(place), target }];
  }
  return [];
}

function isPublished(folder: string): boolean {
  if (folder.includes(`${sep}node_modules${sep}`)) return true;
  const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly name?: string;
  };
  return name?.startsWith("@watchword/") === true;
}

const CODE_FILE = /(?<!\.d)\.(?:[cm]?js|[cm]?ts|json|node|wasm)$/;

/** Of a package that was loaded from its sources not what was built of them, and the other way round; no tests, no hidden files. */
function filesOf(folder: string, loaded: ReadonlySet<string>): string[] {
  const without = new Set(["node_modules", "test", loaded.has("src") ? "dist" : "src"]);
  const walk = (place: string, top: boolean): string[] =>
    readdirSync(place, { withFileTypes: true }).flatMap((entry) => {
      if (entry.name.startsWith(".") || (top && without.has(entry.name))) return [];
      const path = join(place, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : walk(path, false);
      return entry.isFile() && CODE_FILE.test(entry.name) ? [path] : [];
    });
  return walk(folder, true);
}
