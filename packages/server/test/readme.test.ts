import { readFile, rm } from "node:fs/promises";
import { afterAll, expect, test, vi } from "vitest";
import { directory } from "./readme-parts.ts";

afterAll(() => rm(directory, { recursive: true, force: true }));

test("the README's examples are those that run, and do what they say", async () => {
  const example = await readFile(new URL("readme-example.ts", import.meta.url), "utf8");
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(example.replace(/^import .*readme-parts.*\n/m, ""));
  const said: unknown[] = [];
  vi.spyOn(console, "log").mockImplementation((words: unknown) => void said.push(words));
  await import("./readme-example.ts");
  expect(said).toEqual(["development", 200]);
});
