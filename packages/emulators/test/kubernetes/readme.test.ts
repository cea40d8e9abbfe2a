import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { seen } from "./readme-example.ts";

test("the README shows the example that runs here", async () => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");
  expect(await read("../../README.md")).toContain(await read("readme-example.ts"));
  expect(seen).toEqual({ read: 200, deleted: 403, effects: 0 });
});
