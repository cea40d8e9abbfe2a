import { cp, readFile, rm } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BoundarySuite, verifyBoundary } from "../src/index.ts";

const EXAMPLE = new URL("../../../apps/example-ci/", import.meta.url);
/** Within this package, so that the example's imports find what a team would have installed. */
const place = fileURLToPath(new URL(`.readme-${process.pid}/`, import.meta.url));
const inPlace = (name: string): URL => pathToFileURL(`${place}${name}`);

beforeAll(async () => {
  await cp(EXAMPLE, place, { recursive: true });
  await rm(inPlace("package.json"));
});
afterAll(() => rm(place, { recursive: true }));

test("the README's examples are files of apps/example-ci, to the letter", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const name of [
    "boundary.config.ts",
    "boundary/tools.ts",
    "boundary/refunds.boundary.yaml",
    "boundary/refunds.boundary.test.ts",
  ])
    expect(readme).toContain(`\n${await readFile(inPlace(name), "utf8")}\`\`\`\n`);
});

test("the README's configuration and boundary file prove what they say", async () => {
  const { default: suite } = (await import(inPlace("boundary.config.ts").href)) as { default: BoundarySuite };
  const name = "boundary/refunds.boundary.yaml";
  const report = await verifyBoundary(suite, {
    only: ["look-up:action", "look-up:by-lookUp", "refund-own-tenant/run/by-refund-outside"],
    module: inPlace("boundary.config.ts"),
    files: [{ name, text: await readFile(inPlace(name), "utf8") }],
  });
  expect(report).toMatchObject({ passed: true, missing: [] });
  expect(report.rows.length).toBeGreaterThan(1);
  expect(report.proofs.map(({ holds }) => holds)).toEqual([true, true, true, true, true, true]);
});
