import * as adapter from "@watchword/adapter-snowflake";
import * as catalogue from "@watchword/adapter-snowflake/catalogue";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["snowflake", "snowflakeCatalogue", "statementBody"]);
  expect(Object.keys(catalogue).toSorted()).toEqual(["snowflakeCatalogue", "statementBody"]);
});
