import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The part of a manifest that publishing is about. */
export interface PublicManifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A package that gets published. */
export interface PublicPackage {
  readonly folder: string;
  readonly manifest: PublicManifest;
}

/** Every package below `root` that is not private. */
export function publicPackages(root: string): PublicPackage[] {
  return ["packages", "packages/adapters", "packages/bridges"].flatMap((group) => {
    if (!existsSync(join(root, group))) return [];
    return readdirSync(join(root, group))
      .map((entry) => join(root, group, entry))
      .filter((folder) => existsSync(join(folder, "package.json")))
      .map((folder) => ({ folder, manifest: readManifest(join(folder, "package.json")) }))
      .filter(({ manifest }) => manifest.private !== true);
  });
}

/** What an importer writes for each module of a package: `@watchword/broker`, `@watchword/broker/http`, … */
export function specifiersOf({ name, exports = {} }: PublicManifest): string[] {
  return Object.keys(exports)
    .filter((path) => path !== "./package.json")
    .map((path) => (path === "." ? name : `${name}${path.slice(1)}`));
}

export function readManifest(file: string): PublicManifest {
  return JSON.parse(readFileSync(file, "utf8")) as PublicManifest;
}
