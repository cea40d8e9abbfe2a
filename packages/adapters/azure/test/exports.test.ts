import * as adapter from "@watchword/adapter-azure";
import * as catalogue from "@watchword/adapter-azure/catalogue";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["azure", "azureCatalogue"]);
  expect(Object.keys(catalogue)).toEqual(["azureCatalogue"]);
});
