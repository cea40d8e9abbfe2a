import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { checkCustody, checkOperations, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { jwt, type JwtOptions } from "../src/index.ts";
import { operations, orders, systems } from "./readme-example.ts";

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), "utf8");
const blocks = async (language: string): Promise<string[]> =>
  [...(await read("../README.md")).matchAll(new RegExp("```" + language + "\\n(.*?)```", "gs"))].map(
    (match) => match[1] ?? "",
  );

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = orders.ordersRead;
  expect([system, operation.name]).toEqual(["orders", operations.ordersRead.name]);
  expect(findOperation(systems.orders.catalogue, operation.name)).toEqual(operation);
});

test("the README's policy releases without a residual to accept, and its configuration is the same service", async () => {
  const [policy = "", configuration = ""] = await blocks("yaml");
  const document = parsePolicy([{ name: "orders.yaml", text: policy }]);
  expect(checkOperations(document, { orders: systems.orders.catalogue })).toEqual([]);
  expect(checkCustody(document, systems)).toEqual([]);
  const { adapter, ...options } = (parse(configuration) as { systems: { orders: { adapter: string } } })
    .systems.orders;
  expect(adapter).toBe("jwt");
  const { audience, origins, catalogue } = jwt(options as unknown as JwtOptions);
  expect([audience, origins]).toEqual([systems.orders.audience, systems.orders.origins]);
  expect(Object.values(catalogue.operations).map(({ name }) => name)).toEqual(["orders.read"]);
});
