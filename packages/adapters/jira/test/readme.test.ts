import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { expect, test } from "vitest";
import { systems, tracker } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = tracker.transitionsApply;
  expect(system).toBe("tracker");
  expect(findOperation(systems.tracker.catalogue, operation.name)).toBe(operation);
});

test("the README lists every operation and every option", async () => {
  const readme = await read("../README.md");
  for (const entry of Object.values(systems.tracker.catalogue.operations))
    expect(readme).toContain(`\`${entry.name}\``);
  for (const option of ["dataCenter", "baseUrl", "authUrl", "scopes", "apiOrigins", "consent"])
    expect(readme).toContain(`\`${option}\``);
});
