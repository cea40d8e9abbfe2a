import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parsePolicy } from "../src/index.ts";

test("the policy that explains where tenants come from is a policy", async () => {
  const page = await readFile(new URL("../../../docs/starting-runs.md", import.meta.url), "utf8");
  const [, text = ""] = /```yaml\n([^]*?)```/.exec(page) ?? [];
  const { workloads, starters } = parsePolicy([{ name: "page.yaml", text }]).document;
  expect(Object.values(workloads).flatMap(({ tenant }) => Object.keys(tenant))).toEqual([
    "claim",
    "fixed",
    "ticket",
    "asserted",
  ]);
  expect(Object.keys(starters)).toEqual(["queue"]);
});
