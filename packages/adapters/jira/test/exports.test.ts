import * as adapter from "@watchword/adapter-jira";
import * as catalogue from "@watchword/adapter-jira/catalogue";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["jira", "jiraCatalogue"]);
  expect(Object.keys(catalogue).toSorted()).toEqual(["jiraCatalogue", "writeJql"]);
});
