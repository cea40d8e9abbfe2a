import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALL_CHECKS } from "./all-checks-to-break.ts";
import type { BrokenCheck } from "./checks-to-break.ts";

/**
 * Breaks one check after the other in a copy of the repository, and expects a named test to fail each time: a check that
 * can be removed without a test noticing is not one. `npm run break-checks` runs all, `-- <word>` those whose name holds
 * the word.
 */
const COPIED = [
  "actions",
  "packages",
  "apps",
  "tools",
  "docs",
  "package.json",
  "pnpm-workspace.yaml",
  "tsconfig.base.json",
  "tsconfig.json",
  "tsconfig.test.json",
  "vitest.config.ts",
];

const only = process.argv[2];
const checks = ALL_CHECKS.filter(({ name }) => only === undefined || name.includes(only));
const copy = mkdtempSync(join(tmpdir(), "watchword-break-"));
try {
  process.exitCode = breakAll();
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function breakAll(): number {
  if (checks.length === 0) {
    console.error(`no check's name holds “${only ?? ""}”`);
    return 2;
  }
  makeCopy();
  console.log(`${checks.length} checks; first the tests as they are …`);
  const whole = runTests([...new Set(checks.flatMap(({ tests }) => tests))], []);
  if (whole.failed.length > 0 || whole.passed === 0) {
    console.error(`the tests do not pass before anything is broken: ${whole.failed[0] ?? "none ran"}`);
    return 1;
  }
  const missed = checks.filter((check) => !isNoticed(check));
  console.log(
    missed.length === 0
      ? "every broken check made a test fail"
      : `${missed.length} broken checks went unnoticed`,
  );
  return missed.length === 0 ? 0 : 1;
}

function makeCopy(): void {
  for (const entry of COPIED) {
    cpSync(entry, join(copy, entry), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/\/(dist|\.watchword)$/.test(path),
    });
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
}

function isNoticed({ name, file, find, replace, tests }: BrokenCheck): boolean {
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  if (source.split(find).length !== 2) {
    console.log(`✗ ${name}: the code to break is not in ${file} exactly once; update its entry`);
    return false;
  }
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
  const { failed, passed } = runTests(tests, ["--bail=1"]);
  writeFileSync(path, source);
  // A file that did not even load proves nothing, so only assertions of tests that ran count.
  console.log(
    failed.length === 0 ? `✗ ${name}: no test failed (${passed} passed)` : `✓ ${name}: “${failed[0] ?? ""}”`,
  );
  return failed.length > 0;
}

function runTests(
  tests: readonly string[],
  options: readonly string[],
): { failed: string[]; passed: number } {
  const output = join(copy, "result.json");
  rmSync(output, { force: true });
  spawnSync(
    join("node_modules", ".bin", "vitest"),
    ["run", ...tests, ...options, "--reporter=json", `--outputFile.json=${output}`],
    { cwd: copy, stdio: "ignore" },
  );
  if (!existsSync(output)) return { failed: [], passed: 0 };
  const report = JSON.parse(readFileSync(output, "utf8")) as {
    testResults: { assertionResults: { status: string; fullName: string }[] }[];
  };
  const results = report.testResults.flatMap((file) => file.assertionResults);
  return {
    failed: results.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
    passed: results.filter(({ status }) => status === "passed").length,
  };
}
