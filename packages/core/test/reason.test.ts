import { readFile } from "node:fs/promises";
import { REASONS } from "@watchword/core";
import { describe, expect, test } from "vitest";

const page = await readFile(new URL("../../../docs/reasons.md", import.meta.url), "utf8");
const [, ...parts] = page.split(/^## /m);
const sections = parts.map((part) => {
  const [heading = "", ...lines] = part.split("\n");
  return { heading, text: lines.join(" ").trim() };
});

describe("docs/reasons.md", () => {
  test("has exactly one section per reason, in the order of the table, and no other", () => {
    expect(sections.map(({ heading }) => heading)).toEqual(
      Object.keys(REASONS).map((reason) => `\`${reason}\``),
    );
  });

  test.for(sections)("says of $heading what it means, who sees it and what to do next", ({ text }) => {
    expect(text).toMatch(/^[A-Z].+\. Seen .+\. Next: .+\.$/);
    expect(text.length).toBeLessThan(500);
  });
});
