import { readFile, readdir } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { SCHEMA } from "../src/sqlite/schema.ts";

/** Whole-table reads that are meant: verification wants every checkpoint, and few subjects are frozen. */
const SCANS_BY_DESIGN = ["FROM checkpoint ORDER BY", "FROM frozen ORDER BY"];

/** What runs once, on tables of an earlier version or of a backup, reads all of them. */
const ONCE = ["upgrade.ts", "restored-rows.ts", "restore-sqlite.ts"];

let statements: string[] = [];

beforeAll(async () => {
  const folder = new URL("../src/sqlite/", import.meta.url);
  const texts = await Promise.all(
    (await readdir(folder))
      .filter((name) => !ONCE.includes(name))
      .map((name) => readFile(new URL(name, folder), "utf8")),
  );
  const literal = /["`]((?:SELECT|INSERT|UPDATE|DELETE)\s[^"`]+)["`]/g;
  statements = texts.flatMap((source) => [...source.matchAll(literal)].map((match) => match[1] ?? ""));
});

describe("every statement of the SQLite store", () => {
  test("finds its rows by a key: none reads a table from end to end", () => {
    const database = new DatabaseSync(":memory:");
    database.exec(SCHEMA);
    expect(statements.length).toBeGreaterThan(45);
    const scans = statements.flatMap((sql) => {
      if (SCANS_BY_DESIGN.some((part) => sql.includes(part))) return [];
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
      return plan
        .filter(({ detail }) => /^SCAN (?!CONSTANT ROW)/.test(detail))
        .map(({ detail }) => `${sql}: ${detail}`);
    });
    database.close();
    expect(scans).toEqual([]);
  });

  test("that lists a page reads it off an index in order, however much there is; living runs alone are sorted", async () => {
    const database = new DatabaseSync(":memory:");
    database.exec(SCHEMA);
    const pages = statements.filter((sql) => /ORDER BY .*LIMIT \?/.test(sql));
    expect(pages.length).toBeGreaterThan(12);
    const sorting = pages.filter((sql) => {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
      return plan.some(({ detail }) => detail.includes("TEMP B-TREE"));
    });
    database.close();
    expect(sorting).toHaveLength(2);
    for (const sql of sorting) expect(sql).toContain("FROM run INDEXED BY run_");
  });

  test("has its values bound, never written into its text", async () => {
    for (const sql of statements) {
      expect(sql).not.toMatch(/\$\{/);
      // What stands in quotes is a state of ours.
      for (const [, word] of sql.matchAll(/'([^']*)'/g)) expect(word).toMatch(/^[a-z_]+$/);
    }
  });
});
