import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ALL_CHECKS } from "./all-checks-to-break.ts";

/** Whether each would be noticed, `npm run break-checks` finds out; it takes hours, so here only that it could begin. */
const root = join(import.meta.dirname, "..");
const files = globSync("{packages,apps,tools}/**/*.test.ts", {
  cwd: root,
  exclude: (path) => path.includes("node_modules"),
});

test.for(ALL_CHECKS)("“$name” is code that stands where it says, once", ({ file, find, replace }) => {
  expect(readFileSync(join(root, file), "utf8").split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});

test("each names tests that are there, under a name of its own", () => {
  expect(new Set(ALL_CHECKS.map(({ name }) => name)).size).toBe(ALL_CHECKS.length);
  const missing = ALL_CHECKS.flatMap(({ tests }) => tests).filter(
    (filter) => !files.some((file) => file.includes(filter)),
  );
  expect(missing).toEqual([]);
});
