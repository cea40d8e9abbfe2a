import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { expect, test } from "vitest";
import { code, systems } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = code.pullRequestsMerge;
  expect(system).toBe("code");
  expect(findOperation(systems.code.catalogue, operation.name)).toBe(operation);
});

test("the README lists every operation", async () => {
  const readme = await read("../README.md");
  for (const entry of Object.values(systems.code.catalogue.operations))
    expect(readme).toContain(`\`${entry.name}\``);
});
