import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { expect, test } from "vitest";
import { orders, shop, systems } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { operation } = shop.ordersRetrieve;
  expect(findOperation(systems.shop.catalogue, operation.name)?.title).toBe(operation.title);
});

test("the README names every member of entra", async () => {
  const readme = await read("../README.md");
  for (const name of [
    ...Object.keys(orders.entra),
    "cloud",
    "audiences",
    "lifeSeconds",
    "loginUrl",
    "clientId",
  ])
    expect(readme, name).toContain(`\`${name}\``);
});
