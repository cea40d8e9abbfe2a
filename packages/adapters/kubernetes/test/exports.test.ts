import * as adapter from "@watchword/adapter-kubernetes";
import * as catalogue from "@watchword/adapter-kubernetes/catalogue";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(adapter).toSorted()).toEqual([
    "kubernetes",
    "kubernetesCatalogue",
    "rbacManifests",
    "rbacYaml",
  ]);
  expect(Object.keys(catalogue)).toEqual(["kubernetesCatalogue"]);
});
