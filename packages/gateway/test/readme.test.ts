import { readFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";

test("the README's example is the one that runs, and does what it says", async () => {
  const example = await readFile(new URL("readme-example.ts", import.meta.url), "utf8");
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(example.replace(/^import .*readme-parts.*\n/m, ""));
  const said: unknown[][] = [];
  const note = (...words: unknown[]): void => void said.push(words);
  vi.spyOn(console, "log").mockImplementation(note);
  vi.spyOn(console, "warn").mockImplementation(note);
  await import("./readme-example.ts");
  expect(said).toEqual([
    ["lease_unknown", undefined, undefined],
    [401, "lease_unknown"],
  ]);
});
