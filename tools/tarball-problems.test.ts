import { expect, test } from "vitest";
import { specifiersOf } from "./public-packages.ts";
import { tarballProblems } from "./tarball-problems.ts";

const files = [
  "package.json",
  "README.md",
  "LICENSE",
  "dist/index.js",
  "dist/index.d.ts",
  "dist/index.js.map",
];
const manifest = {
  name: "@watchword/gateway",
  version: "0.1.0",
  dependencies: { "@watchword/core": "0.1.0" },
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
};

test("a tarball of what was built, with README, licence and plain ranges, is in order", () => {
  expect(tarballProblems(files, manifest)).toEqual([]);
});

test.for([
  {
    name: "its README missing",
    files: files.filter((file) => file !== "README.md"),
    problem: "README.md is not packed",
  },
  ...["dist/.tsbuildinfo", "src/index.ts", "test/world.ts", ".env", "dist/keys/root.pem", "watchword.db"].map(
    (file) => ({ name: `${file} in it`, files: [...files, file], problem: `${file} is packed` }),
  ),
])("a tarball with $name is not in order", ({ files: packed, problem }) => {
  expect(tarballProblems(packed, manifest)).toEqual([problem]);
});

test.for(["dependencies", "peerDependencies", "devDependencies"])(
  "%s that only this workspace resolves are found",
  (group) => {
    for (const range of ["workspace:*", "catalog:", "file:../core", "link:../core"])
      expect(tarballProblems(files, { ...manifest, [group]: { zod: range } })).toEqual([
        `depends on zod as ${range}, which nobody else can resolve`,
      ]);
  },
);

test("exports that still name their sources are found", () => {
  const exports = { ".": { "@watchword/source": "./src/index.ts", default: "./dist/index.js" } };
  expect(tarballProblems(files, { ...manifest, exports })).toEqual([
    expect.stringContaining("still name their sources"),
  ]);
});

test("every module of a package is known by what an importer writes", () => {
  const exports = { ".": {}, "./http": {}, "./package.json": "./package.json" };
  expect(specifiersOf({ ...manifest, exports })).toEqual(["@watchword/gateway", "@watchword/gateway/http"]);
});
