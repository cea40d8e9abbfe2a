import * as boundary from "@watchword/boundary";
import * as forVitest from "@watchword/boundary/vitest";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

test("each subpath exports what it promises, and no more", () => {
  expect(Object.keys(boundary).toSorted()).toEqual([
    "BoundaryFileInvalid",
    "FACTS",
    "PartsMissing",
    "REPORT_FORMATS",
    "attestReport",
    "boundary",
    "boundaryFileSchema",
    "deriveRows",
    "findingsOf",
    "githubAnnotations",
    "htmlReport",
    "isBoundarySuite",
    "jsonReport",
    "junitReport",
    "matrixSvg",
    "progressLines",
    "proveBoundaryFile",
    "readBoundaryFile",
    "runBoundary",
    "sameProcess",
    "sarifReport",
    "terminalReport",
    "verdictOf",
    "verifyBoundary",
    "verifyTarget",
    "writeReports",
  ]);
  expect(Object.keys(forVitest).toSorted()).toEqual([
    "boundaryMatchers",
    "boundaryProject",
    "boundaryTest",
    "describeBoundary",
  ]);
});

test("no other subpath can be imported", () => {
  const subpaths = [".", "./cells", "./package.json", "./schema.json", "./vitest"];
  expect(Object.keys(manifest.exports).toSorted()).toEqual(subpaths);
  expect(Object.keys(manifest.publishConfig.exports).toSorted()).toEqual(subpaths);
});
