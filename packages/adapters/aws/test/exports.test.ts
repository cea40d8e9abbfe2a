import * as adapter from "@watchword/adapter-aws";
import * as catalogue from "@watchword/adapter-aws/catalogue";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["aws", "awsCatalogue", "sessionCredentials"]);
  expect(Object.keys(catalogue)).toEqual(["awsCatalogue"]);
});
