import * as conformance from "@watchword/conformance";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

test("the package exports its suites and what their fixtures need, and no more", () => {
  expect(Object.keys(conformance).toSorted()).toEqual([
    "BRIDGE_CASES",
    "StoreScenario",
    "describeAdapter",
    "describeBridge",
    "describeLive",
    "describeReleasedAdapter",
    "describeStore",
    "describeVerifier",
    "entryOf",
    "freshToken",
    "issuerKey",
    "proveLive",
    "signCompact",
  ]);
});

test("no other subpath can be imported", () => {
  const subpaths = [".", "./package.json"];
  expect(Object.keys(manifest.exports).toSorted()).toEqual(subpaths);
  expect(Object.keys(manifest.publishConfig.exports).toSorted()).toEqual(subpaths);
});
