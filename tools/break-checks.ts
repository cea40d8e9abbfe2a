import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKS, type BrokenCheck } from "./checks-to-break.ts";

/**
 * Breaks one check after the other in a copy of the repository, and expects a named test to fail each time: a check that
 * can be removed without a test noticing is not one. `npm run break-checks` runs all, `-- <word>` those whose name holds
 * the word.
 */
const only = process.argv[2];
const copy = mkdtempSync(join(tmpdir(), "watchword-break-"));
let missed = 0;
try {
  for (const entry of [
    "packages",
    "apps",
    "tools",
    "docs",
    "package.json",
    "pnpm-workspace.yaml",
    "tsconfig.base.json",
    "tsconfig.json",
    "vitest.config.ts",
  ]) {
    cpSync(entry, join(copy, entry), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/\/(dist|\.watchword)$/.test(path),
    });
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
  for (const check of CHECKS) if (only === undefined || check.name.includes(only)) breakOne(check);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(missed === 0 ? "every broken check made a test fail" : `${missed} broken checks went unnoticed`);
process.exitCode = missed === 0 ? 0 : 1;

function breakOne({ name, file, find, replace, tests }: BrokenCheck): void {
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  if (source.split(find).length !== 2) {
    missed++;
    return console.log(
      `✗ ${name}: the code to break is not in ${file} exactly once; update tools/checks-to-break.ts`,
    );
  }
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
  const output = join(copy, "result.json");
  rmSync(output, { force: true });
  spawnSync(
    join("node_modules", ".bin", "vitest"),
    ["run", ...tests, "--reporter=json", `--outputFile.json=${output}`],
    { cwd: copy, stdio: "ignore" },
  );
  writeFileSync(path, source);
  const failed = failedTests(output);
  if (failed.length === 0) missed++;
  console.log(
    failed.length === 0
      ? `✗ ${name}: no test failed`
      : `✓ ${name}: ${failed.length} failed, such as “${failed[0] ?? ""}”`,
  );
}

/** A file that did not even load proves nothing, so only assertions of tests that ran count. */
function failedTests(output: string): string[] {
  const report = JSON.parse(readFileSync(output, "utf8")) as {
    testResults: { assertionResults: { status: string; fullName: string }[] }[];
  };
  return report.testResults.flatMap((file) =>
    file.assertionResults.filter((test) => test.status === "failed").map((test) => test.fullName),
  );
}
