import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Writes packages/boundary/schema/boundary.json from the grammar. A test of the package fails while the two differ. */
const SOURCES = "--conditions=@watchword/source";
if (process.execArgv.includes(SOURCES)) {
  const { boundaryFileSchema } = await import("../packages/boundary/src/files/boundary-file-schema.ts");
  const target = fileURLToPath(new URL("../packages/boundary/schema/boundary.json", import.meta.url));
  writeFileSync(target, `${JSON.stringify(boundaryFileSchema(), undefined, 2)}\n`);
} else {
  const script = fileURLToPath(import.meta.url);
  process.exitCode = spawnSync(process.execPath, [SOURCES, script], { stdio: "inherit" }).status ?? 70;
}
