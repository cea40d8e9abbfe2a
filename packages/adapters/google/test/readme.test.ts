import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { expect, test } from "vitest";
import { files, systems } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { operation } = files.objectsCreate;
  expect(findOperation(systems.files.catalogue, operation.name)?.title).toBe(operation.title);
});

test("the README names every operation and option", async () => {
  const readme = await read("../README.md");
  const names = Object.values(systems.files.catalogue.operations).map(({ name }) => name);
  for (const name of [...names, "provider", "audience", "tenancy", "lifeSeconds", "baseUrl"])
    expect(readme, name).toContain(`\`${name}\``);
});
