import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { seen } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../../README.md")).toContain(await read("readme-example.ts"));
  expect(seen).toEqual({ wrong: 400, other: 204, record: "Closed" });
});
