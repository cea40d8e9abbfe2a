import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkPackages } from "./check-packages.ts";

const good = {
  name: "@watchword/gateway",
  description: "d",
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  dependencies: { "@watchword/core": "workspace:*" },
  exports: {
    ".": { "@watchword/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./package.json": "./package.json",
  },
};

function check(manifest: object, files: Record<string, string> = { "README.md": "x" }): string[] {
  const root = mkdtempSync(join(tmpdir(), "check-packages-"));
  try {
    mkdirSync(join(root, "packages/gateway/src"), { recursive: true });
    writeFileSync(join(root, "packages/gateway/package.json"), JSON.stringify(manifest));
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(root, "packages/gateway", name), text);
    return checkPackages(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("a package in order is in order", () => expect(check(good)).toEqual([]));

test.for<{ name: string; manifest: object; files?: Record<string, string>; problem: RegExp }>([
  {
    name: "the gateway depending on the broker",
    manifest: { ...good, dependencies: { "@watchword/broker": "workspace:*" } },
    problem: /may not depend on @watchword\/broker/,
  },
  {
    name: "a name that the folder does not have",
    manifest: { ...good, name: "@watchword/other", dependencies: {} },
    problem: /the folder says/,
  },
  { name: "a package without a README", manifest: good, files: {}, problem: /README/ },
  {
    name: "exports in another order",
    manifest: {
      ...good,
      exports: { ...good.exports, ".": { types: "a", "@watchword/source": "b", default: "c" } },
    },
    problem: /in this order/,
  },
  {
    name: "an import that goes around the name of a package",
    manifest: good,
    files: { "README.md": "x", "src/forward.ts": 'import { act } from "../../broker/src/act.ts";' },
    problem: /forward\.ts reaches into another package by \.\.\/\.\.\/broker/,
  },
  {
    name: "a file called utils",
    manifest: good,
    files: { "README.md": "x", "src/utils.ts": "" },
    problem: /utils\.ts says nothing/,
  },
  {
    name: "a file that is too long",
    manifest: good,
    files: { "README.md": "x", "src/long.ts": "f();\n".repeat(301) },
    problem: /301 code lines/,
  },
])("$name is a problem", ({ manifest, files, problem }) => {
  const problems = check(manifest, files);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});
