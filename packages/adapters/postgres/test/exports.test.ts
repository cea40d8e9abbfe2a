import * as adapter from "@watchword/adapter-postgres";
import * as catalogue from "@watchword/adapter-postgres/catalogue";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

test("the package exports the adapter, its catalogue and the SQL that makes a database ready, and no more", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["postgres", "postgresCatalogue", "setupSql"]);
  expect(Object.keys(catalogue)).toEqual(["postgresCatalogue"]);
  expect(Object.values(adapter.postgresCatalogue.operations).map(({ name }) => name)).toEqual([
    "rows.select",
    "row.select",
    "rows.insert",
    "rows.update",
    "row.update",
    "rows.delete",
    "row.delete",
  ]);
});

test("no other subpath can be imported", () => {
  const subpaths = [".", "./catalogue", "./package.json"];
  expect(Object.keys(manifest.exports).toSorted()).toEqual(subpaths);
  expect(Object.keys(manifest.publishConfig.exports).toSorted()).toEqual(subpaths);
});
