import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { checkCustody, checkOperations, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";
import { PostgresOptions } from "../src/postgres-options.ts";
import { db, options, setup, systems } from "./readme-example.ts";

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = db.rowsSelect;
  expect(system).toBe("db");
  expect(findOperation(systems.db.catalogue, operation.name)).toBe(operation);
  expect(setup).toContain('ON "shop"."orders" TO "watchword" WITH GRANT OPTION');
  expect(
    systems.db.plan({
      system,
      operation: "row.update",
      resource: { tenant: "acme" },
      arguments: { table: "shop.orders", columns: "status", key: "o_1" },
    }).native["privileges"],
  ).toEqual(["SELECT shop.orders.id", "UPDATE shop.orders.status"]);
});

test("the README's policy loads without a residual to accept, and not without custody: released", async () => {
  const [, text = ""] = /```yaml\n(watchword[^`]*)```/.exec(await read("../README.md")) ?? [];
  const policy = parsePolicy([{ name: "shop.yaml", text }]);
  expect(checkOperations(policy, { db: systems.db.catalogue })).toEqual([]);
  expect(checkCustody(policy, systems)).toEqual([]);
  const kept = parsePolicy([{ name: "shop.yaml", text: text.replaceAll("    custody: released\n", "") }]);
  expect(checkCustody(kept, systems)).toHaveLength(2);
});

test("the README lists every operation and every option", async () => {
  const readme = await read("../README.md");
  for (const { name } of Object.values(systems.db.catalogue.operations))
    expect(readme).toContain(`\`${name}\``);
  for (const name of Object.keys(PostgresOptions.parse(options)))
    if (name !== "tls") expect(readme).toContain(`\`${name}\``);
});
