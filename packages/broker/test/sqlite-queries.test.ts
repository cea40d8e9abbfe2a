import { readFile, readdir } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { SCHEMA } from "../src/sqlite/schema.ts";

/** Whole-table reads that are meant: verification wants every checkpoint. */
const SCANS_BY_DESIGN = ["FROM checkpoint ORDER BY"];

/** What runs once, on tables of an earlier version, reads all of them. */
const ONCE = "upgrade.ts";

let statements: string[] = [];

beforeAll(async () => {
  const folder = new URL("../src/sqlite/", import.meta.url);
  const texts = await Promise.all(
    (await readdir(folder))
      .filter((name) => name !== ONCE)
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

  test("has its values bound, never written into its text", async () => {
    for (const sql of statements) {
      expect(sql).not.toMatch(/\$\{/);
      // What stands in quotes is a state of ours.
      for (const [, word] of sql.matchAll(/'([^']*)'/g)) expect(word).toMatch(/^[a-z_]+$/);
    }
  });
});
