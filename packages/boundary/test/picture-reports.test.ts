import { readdir } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { REPORT_FORMATS, htmlReport, matrixSvg, writeReports } from "../src/index.ts";
import { HOSTILE, brokenReport, reportWith } from "./sample-report.ts";
import { xmlShape } from "./xml-shape.ts";

describe("the matrix as a picture", () => {
  test("is well-formed with a mark and a title per cell, and all of it as text", () => {
    const svg = matrixSvg(brokenReport());
    const shape = xmlShape(svg);
    expect(shape.filter(({ name }) => name === "title")).toHaveLength(1 + 2 * 2);
    expect(svg).toContain("✗ 1/2");
    expect(svg).toContain("<title>refund-own-tenant × tenant: 1 of 2 held</title>");
    expect(svg).toContain(
      "refund-own-tenant: tenant 1 of 2 held, run 0 of 1 held. query: tenant no rows, run no rows.</desc>",
    );
    expect(shape[0]?.attributes).toMatchObject({
      role: "img",
      "aria-labelledby": "matrix-title matrix-text",
    });
  });

  test("loads nothing and runs nothing, whatever texts it holds", () => {
    const names = xmlShape(matrixSvg(brokenReport(HOSTILE))).map(({ name }) => name);
    expect([...new Set(names)].toSorted()).toEqual(["desc", "g", "rect", "svg", "text", "title"]);
  });
});

describe("the report as a page", () => {
  const page = htmlReport(brokenReport(HOSTILE));

  test("runs no script and loads nothing from anywhere", () => {
    expect(page).toContain(
      `http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';`,
    );
    expect(page).not.toMatch(
      /<(?:script|link|img|iframe|object|embed|base|form)\b|\son\w+=|url\(|@import|href=|src=/i,
    );
    expect(page).not.toMatch(/[\u001B\u202E]/);
  });

  test("is closed in order, and has what people with a screen reader go by", () => {
    const body = page
      .replace(/^<!doctype html>\n/, "")
      .replaceAll(/<meta ([^>]*)>/g, "<meta $1/>")
      .replace(/<style>[^<]*<\/style>/, "");
    const shape = xmlShape(body);
    const of = (name: string) => shape.filter((element) => element.name === name);
    expect(of("html")[0]?.attributes).toEqual({ lang: "en" });
    expect([of("title").length, of("main").length, of("h1").length]).toEqual([1, 1, 1]);
    const levels = shape.flatMap(({ name }) => (/^h[1-6]$/.test(name) ? [Number(name[1])] : []));
    for (const [index, level] of levels.entries())
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    for (const { attributes } of of("th")) expect(attributes["scope"]).toMatch(/^(?:col|row)$/);
    expect(of("caption")).toHaveLength(of("table").length);
    // What scrolls can be reached by keyboard and has a name.
    for (const { attributes } of of("div"))
      expect(attributes).toMatchObject({ tabindex: "0", role: "region" });
    expect(of("dt")).toHaveLength(of("dd").length);
  });

  test("says in its title and its heading how it went", () => {
    expect(page).toContain("<h1>✗ The boundary does not hold</h1>");
    expect(htmlReport(reportWith())).toContain("<h1>✓ The boundary holds</h1>");
    expect(htmlReport(reportWith(), { minScore: 1 })).toContain("<h1>✗ The boundary does not hold</h1>");
  });
});

test("every form is a file of its own below the directory", async () => {
  const directory = await mkdtemp(join(tmpdir(), "watchword-reports-"));
  try {
    expect(await writeReports(brokenReport(), [], join(directory, "none"))).toEqual([]);
    const written = await writeReports(brokenReport(), REPORT_FORMATS, join(directory, "out"));
    expect(written).toHaveLength(5);
    expect(await readdir(directory)).toEqual(["out"]);
    expect((await readdir(join(directory, "out"))).toSorted()).toEqual([
      "boundary.json",
      "boundary.junit.xml",
      "boundary.sarif",
      "matrix.svg",
      "report.html",
    ]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
