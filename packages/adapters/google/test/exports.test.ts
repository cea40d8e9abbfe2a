import * as adapter from "@watchword/adapter-google";
import * as catalogue from "@watchword/adapter-google/catalogue";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["google", "googleCatalogue"]);
  expect(Object.keys(catalogue)).toEqual(["googleCatalogue"]);
});
