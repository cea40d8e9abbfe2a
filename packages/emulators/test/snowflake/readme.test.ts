import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { refused } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../../README.md")).toContain(await read("readme-example.ts"));
  expect(refused).toEqual({ status: 422, code: "003001", rows: 1 });
});
