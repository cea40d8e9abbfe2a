import { readFile, rm } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { directory, twin } from "./readme-parts.ts";

test("the README's example is the one that runs, and does what it says", async () => {
  const example = await readFile(new URL("readme-example.ts", import.meta.url), "utf8");
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(example.replace(/^import .*readme-parts.*\n/m, ""));
  const said: unknown[] = [];
  vi.spyOn(console, "log").mockImplementation((word) => void said.push(word));
  await import("./readme-example.ts");
  expect(said).toMatchObject([
    { error: "access_denied", reason: "not_granted" },
    { ok: true, replicas: 1 },
  ]);
  await twin.close();
  await rm(directory, { recursive: true, force: true });
});
