import * as adapter from "@watchword/adapter-salesforce";
import * as catalogue from "@watchword/adapter-salesforce/catalogue";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["recordId", "salesforce", "salesforceCatalogue"]);
  expect(Object.keys(catalogue).toSorted()).toEqual(["recordId", "salesforceCatalogue"]);
});
