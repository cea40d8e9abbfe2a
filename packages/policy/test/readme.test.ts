import { readFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";

test("the README's example is the one that runs, and does what it says", async () => {
  const example = await readFile(new URL("readme-example.ts", import.meta.url), "utf8");
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(example);
  const said: unknown[] = [];
  vi.spyOn(console, "log").mockImplementation((word) => void said.push(word));
  await import("./readme-example.ts");
  expect(said).toMatchObject([["refund-own-tenant"], { file: "support.yaml", line: 13, column: 63 }]);
});
