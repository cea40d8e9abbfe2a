import { cpSync, existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { type PublicPackage, readManifest } from "./public-packages.ts";

/** What a tree is made of. */
export interface ProductionTree {
  /** Folder that gets `node_modules`. */
  readonly target: string;
  /** Names of our packages that are wanted; those that they need come with them. */
  readonly wanted: readonly string[];
  readonly packages: readonly PublicPackage[];
  /** Puts a package, as it is published, into a folder. */
  readonly unpack: (each: PublicPackage, folder: string) => void;
}

/**
 * Lays out what runs in production: our packages as they are published, and what those depend on as the lockfile pins it
 * and the workspace has it installed. No registry is asked. Gives `name@version` of everything, sorted.
 *
 * @throws Error when two versions of one package are needed: then one of them would be the wrong one for somebody
 */
export function productionTree({ target, wanted, packages, unpack }: ProductionTree): string[] {
  const versions = new Map<string, string>();
  const ours = new Map(packages.map((each) => [each.manifest.name, each] as const));

  const add = (name: string, from: string): void => {
    const own = ours.get(name);
    const folder = own?.folder ?? locate(name, from);
    const manifest = readManifest(join(folder, "package.json"));
    const there = versions.get(name);
    if (there !== undefined) {
      if (there !== manifest.version)
        throw new Error(`${name} is needed as ${there} and as ${manifest.version}`);
      return;
    }
    versions.set(name, manifest.version);
    const place = join(target, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    if (own === undefined) cpSync(folder, place, { recursive: true, dereference: true, filter: isOwnFile });
    else unpack(own, place);
    for (const next of Object.keys(manifest.dependencies ?? {})) add(next, folder);
  };
  for (const name of wanted) add(name, target);
  return [...versions].map(([name, version]) => `${name}@${version}`).toSorted();
}

/** Where a package's dependency is: below it, or beside it in pnpm's store. */
function locate(name: string, from: string): string {
  const real = realpathSync(from);
  for (let folder = real; folder !== dirname(folder); folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(place)) return realpathSync(place);
  }
  throw new Error(`${name} is not installed for ${from}`);
}

/** A package's dependencies are laid out on their own. */
function isOwnFile(path: string): boolean {
  return !/\/node_modules\/(?:@[^/]+\/)?[^/]+\/node_modules(?:\/|$)/.test(
    path.slice(path.lastIndexOf("/.pnpm/") + 6),
  );
}
