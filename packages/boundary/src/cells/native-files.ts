import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import type { TarEntry } from "./tar-archive.ts";

/** Nobody special: every cell runs as this user, since a socket is its own user's only. */
export const CELL_USER = 65_534;

/** Where the broker's sockets are in a cell; in the image it is an empty folder of {@link CELL_USER}, whose owner a new volume takes over. */
export const SOCKETS = "/run/cell";

/** Where the gateway's are: it could put none in the broker's place. */
export const GATEWAY_SOCKETS = "/run/gateway";

/** Where a stage keeps its store and keys, in the same way. */
export const STATE = "/var/lib/cell";

/**
 * The files of the least image in which this very Node runs: its binary, its shared libraries, and who its user is. No shell,
 * no package manager, nothing fetched.
 *
 * @throws Error on another system than Linux with glibc, where this binary is not one for a container
 */
export function nativeFiles(): TarEntry[] {
  if (process.platform !== "linux")
    throw new Error(`a cell's image is made of this Node on Linux only, not on ${process.platform}`);
  const file = (path: string, from: string): TarEntry => ({
    kind: "file",
    path,
    content: { file: realpathSync(from) },
  });
  const text = (path: string, words: string): TarEntry => ({
    kind: "file",
    path,
    content: Buffer.from(words),
  });
  return [
    file("usr/local/bin/node", process.execPath),
    ...sharedLibraries(process.execPath).map((library) => file(library.slice(1), library)),
    text("etc/passwd", `cell:x:${CELL_USER}:${CELL_USER}::/:/nonexistent\n`),
    text("etc/group", `cell:x:${CELL_USER}:\n`),
    text("etc/nsswitch.conf", "hosts: files dns\n"),
    ...[SOCKETS, GATEWAY_SOCKETS, STATE].map((path) => ({
      kind: "folder" as const,
      path: path.slice(1),
      owner: CELL_USER,
    })),
  ];
}

function sharedLibraries(binary: string): string[] {
  const { status, stdout, error } = spawnSync("ldd", [binary], { encoding: "utf8" });
  const libraries = (stdout ?? "")
    .split("\n")
    .flatMap((line) => /^\s*(?:\S+ => )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  if (status !== 0 || stdout.includes("not found") || libraries.length === 0)
    throw new Error(`ldd does not find every library of ${binary}${error ? `: ${error.message}` : ""}`);
  return libraries;
}
