import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MUTANT_TARGETS } from "./mutant-targets.ts";

/** Which mutants live, `npm run mutants` finds out, in minutes to hours; here only that it could begin. */
const root = join(import.meta.dirname, "..");

test.for(MUTANT_TARGETS)("“$name” changes files that are there, and runs tests that are there", (target) => {
  const missing = [...target.mutate, ...target.tests].filter((file) => !existsSync(join(root, file)));
  expect(missing).toEqual([]);
  expect(target.mutate.length * target.tests.length).toBeGreaterThan(0);
});

test("each has a name of its own, and a section in docs/mutants.md", () => {
  const names = MUTANT_TARGETS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const page = readFileSync(join(root, "docs/mutants.md"), "utf8");
  expect(names.filter((name) => !page.includes(`## ${name}\n`))).toEqual([]);
});

test("what it needs is pinned, and is no part of the workspace", () => {
  const manifest = readFileSync(join(root, "tools/mutants/package.json"), "utf8");
  const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
  expect(devDependencies).toEqual({
    "@stryker-mutator/core": "10.1.1",
    "@stryker-mutator/vitest-runner": "10.1.1",
    // The workspace's own, so that both are one copy.
    vitest: "link:../../node_modules/vitest",
  });
  expect(readFileSync(join(root, "pnpm-lock.yaml"), "utf8")).not.toContain("stryker");
});
