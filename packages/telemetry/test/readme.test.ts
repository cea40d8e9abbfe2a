import { readFile } from "node:fs/promises";
import { ATTRIBUTES } from "@watchword/telemetry";
import { expect, test, vi } from "vitest";
import { forgetProviders } from "./recording.ts";

forgetProviders();

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

test("the README's example is the one that runs, and does what it says", async () => {
  const example = await readFile(new URL("readme-example.ts", import.meta.url), "utf8");
  expect(readme).toContain(example.replace(/^import .*readme-parts.*\n/m, ""));
  const said: unknown[][] = [];
  vi.spyOn(console, "log").mockImplementation((...words: unknown[]) => void said.push(words));
  await import("./readme-example.ts");
  expect(said).toEqual([["acme", "tenant_mismatch"], [[]]]);
});

test("the README names every attribute of ours", () => {
  for (const name of Object.values(ATTRIBUTES)) expect(readme).toContain(`\`${name}\``);
});
