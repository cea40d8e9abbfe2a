import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MUTANT_TARGETS, type MutantTarget } from "./mutant-targets.ts";

/**
 * Mutation testing of the decision core: each small change to it, one after the other, must make a test fail. `npm run
 * mutants` tries every target, `-- --only narrow` one; `--concurrency 1` where the machine is shared. It works in a copy of
 * the repository, and remembers results in `tools/mutants/results`, so that the next run tries only what changed; `--fresh` tries
 * everything again. `--isolated` gives each mutant a Vitest of its own, for comparison: many times slower.
 */
const root = join(import.meta.dirname, "..");
const stryker = join(root, "tools", "mutants", "node_modules");
const results = join(root, "tools", "mutants", "results");
const COPIED = [
  "packages",
  // Some tests read the pages that they keep true.
  "docs",
  "package.json",
  "pnpm-workspace.yaml",
  "tsconfig.base.json",
  "tsconfig.test.json",
];

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    concurrency: { type: "string", default: "2" },
    fresh: { type: "boolean", default: false },
    isolated: { type: "boolean", default: false },
  },
});
const targets = MUTANT_TARGETS.filter(({ name }) => values.only === undefined || name === values.only);
if (targets.length === 0) {
  console.error(
    `no target “${values.only ?? ""}”; known: ${MUTANT_TARGETS.map(({ name }) => name).join(", ")}`,
  );
  process.exitCode = 2;
} else {
  const copy = mkdtempSync(join(tmpdir(), "watchword-mutants-"));
  try {
    makeCopy(copy);
    const failed = targets.filter((target) => !survives(target, copy));
    process.exitCode = failed.length === 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function makeCopy(copy: string): void {
  for (const entry of COPIED) {
    cpSync(join(root, entry), join(copy, entry), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/\/(dist|\.watchword)$/.test(path),
    });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  mkdirSync(results, { recursive: true });
}

/** Whether the target keeps its threshold. */
function survives(target: MutantTarget, copy: string): boolean {
  console.log(`\n${target.name}: ${target.mutate.join(", ")}`);
  writeFileSync(join(copy, "vitest.mutants.config.ts"), vitestConfig(target));
  writeFileSync(join(copy, "stryker.config.json"), JSON.stringify(strykerConfig(target), undefined, 2));
  const { status, error } = spawnSync(
    process.execPath,
    [join(stryker, "@stryker-mutator", "core", "bin", "stryker.js"), "run", "stryker.config.json"],
    { cwd: copy, stdio: "inherit" },
  );
  if (error !== undefined) console.error(`stryker did not start: ${error.message}`);
  return status === 0;
}

function vitestConfig({ tests }: MutantTarget): string {
  return `import { defineConfig } from "vitest/config";
export default defineConfig({
  ssr: { resolve: { conditions: ["@watchword/source"] } },
  test: { include: ${JSON.stringify(tests)}, testTimeout: 30_000, execArgv: ["--conditions=@watchword/source"] },
});
`;
}

/** Which of the two runners runs the tests. */
function runnerConfig({ tests }: MutantTarget): object {
  if (values.isolated)
    return {
      testRunner: "vitest",
      plugins: [join(stryker, "@stryker-mutator", "vitest-runner", "dist", "src", "index.js")],
      vitest: { configFile: "vitest.mutants.config.ts", related: false, pool: "forks" },
    };
  return {
    testRunner: "in-process",
    plugins: [join(import.meta.dirname, "in-process-runner.ts")],
    inProcess: { tests },
    testRunnerNodeArgs: ["--conditions=@watchword/source"],
    // Modules that were loaded anew stay in memory.
    maxTestRunnerReuse: 100,
  };
}

function strykerConfig(target: MutantTarget): object {
  const { name, mutate } = target;
  return {
    ...runnerConfig(target),
    mutate,
    // The copy is ours, and packages find each other in it; a sandbox of Stryker's would lead back to the original.
    inPlace: true,
    disableTypeChecks: false,
    concurrency: Number(values.concurrency),
    // A mutant that is merely slow on a busy machine is not one that was noticed.
    timeoutMS: 60_000,
    incremental: true,
    force: values.fresh,
    incrementalFile: join(results, `${name}.incremental.json`),
    reporters: ["clear-text", "json", "progress-append-only"],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    jsonReporter: { fileName: join(results, `${name}.json`) },
    thresholds: { high: 95, low: 90, break: 85 },
    allowEmpty: false,
  };
}
