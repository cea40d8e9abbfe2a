import * as adapter from "@watchword/adapter-http";
import * as catalogue from "@watchword/adapter-http/catalogue";
import * as declaredApi from "@watchword/adapter-http/declared-api";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual(["http", "httpCatalogue"]);
  expect(Object.keys(catalogue)).toEqual(["httpCatalogue"]);
  expect(Object.keys(declaredApi).toSorted()).toEqual(["HttpDeclaration", "checkDeclaration", "declaredApi"]);
});
