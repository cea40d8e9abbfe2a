import { readFile, rm } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { directory } from "./readme-parts.ts";

test("the README's example is the one that runs, and does what it says", async () => {
  const example = await readFile(new URL("readme-example.ts", import.meta.url), "utf8");
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(example.replace(/^import .*readme-parts.*\n/m, ""));
  const said: unknown[][] = [];
  vi.spyOn(console, "log").mockImplementation((...words) => void said.push(words));
  await import("./readme-example.ts");
  await rm(directory, { recursive: true });
  expect(said).toEqual([["dana", "acme"], ["token_wrong_audience"], ["support-runtime"], [true]]);
});
