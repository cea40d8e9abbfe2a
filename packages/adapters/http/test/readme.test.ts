import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { expect, test } from "vitest";
import { orders, shop, systems } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = shop.refundsCreate;
  expect(system).toBe("shop");
  expect(findOperation(systems.shop.catalogue, operation.name)?.title).toBe(operation.title);
});

test("the README names every member of a declaration", async () => {
  const readme = await read("../README.md");
  for (const name of [...Object.keys(orders), "baseUrl", "headers", "decisionId", "testPrefix"])
    expect(readme, name).toContain(`\`${name}\``);
});
