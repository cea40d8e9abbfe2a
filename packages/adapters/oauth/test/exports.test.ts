import * as adapter from "@watchword/adapter-oauth";
import * as catalogue from "@watchword/adapter-oauth/catalogue";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["oauth", "oauthCatalogue"]);
  expect(Object.keys(catalogue)).toEqual(["oauthCatalogue"]);
});
