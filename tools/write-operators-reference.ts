import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Writes docs/operators-api.md from the operators' API. A test beside this fails while the two differ. */
const SOURCES = "--conditions=@watchword/source";
if (process.execArgv.includes(SOURCES)) {
  const { operatorsReference } = await import("./operators-reference.ts");
  writeFileSync(fileURLToPath(new URL("../docs/operators-api.md", import.meta.url)), operatorsReference());
} else {
  const script = fileURLToPath(import.meta.url);
  process.exitCode = spawnSync(process.execPath, [SOURCES, script], { stdio: "inherit" }).status ?? 70;
}
