import { readFile } from "node:fs/promises";
import { findOperation, parseArguments } from "@watchword/core";
import { expect, test } from "vitest";
import { crm, escalation, support, systems } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = crm.casesUpdate;
  expect(system).toBe("crm");
  expect(findOperation(systems.crm.catalogue, operation.name)?.title).toBe(operation.title);
  expect(parseArguments(operation, escalation)).toEqual(escalation);
});

test("the README names every member of a declaration, and every variable of the live test", async () => {
  const readme = await read("../README.md");
  const members = [...Object.keys(support), "tokenMinutes", "scopes", "baseUrl", "delete", "order", "money"];
  for (const name of [...members, ...Object.keys(support.objects.cases)])
    expect(readme, name).toContain(`\`${name}\``);
  const [...variables] = (await read("live.test.ts")).matchAll(/variable\("([A-Z_]+)"\)/g);
  expect(variables).toHaveLength(5);
  for (const [, name = ""] of variables) expect(readme, name).toContain(`SALESFORCE_${name}`);
});
