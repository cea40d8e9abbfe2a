import { spawnSync } from "node:child_process";

/**
 * The shared libraries of a binary, its loader among them, by the paths at which it finds them.
 *
 * @throws Error when one is not there
 */
export function sharedLibraries(binary: string): string[] {
  const { status, stdout, error } = spawnSync("ldd", [binary], { encoding: "utf8" });
  if (status !== 0)
    throw new Error(`ldd could not read ${binary}${error === undefined ? "" : `: ${error.message}`}`);
  const libraries = stdout
    .split("\n")
    .flatMap((line) => /^\s*(?:\S+ => )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  if (stdout.includes("not found") || libraries.length === 0)
    throw new Error(`ldd does not find every library of ${binary}`);
  return libraries;
}
