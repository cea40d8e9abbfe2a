import * as identity from "@watchword/identity";
import * as githubActions from "@watchword/identity/github-actions";
import * as localKey from "@watchword/identity/local-key";
import * as oidc from "@watchword/identity/oidc";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

test("each subpath exports what it promises, and no more", () => {
  expect(Object.keys(identity).toSorted()).toEqual(["createVerifier", "staticKeys"]);
  expect(Object.keys(oidc).toSorted()).toEqual(["oidc"]);
  expect(Object.keys(githubActions).toSorted()).toEqual(["githubActions"]);
  expect(Object.keys(localKey).toSorted()).toEqual([
    "LOCAL_KEY_ISSUER",
    "developmentIssuer",
    "localKeySource",
    "localKeyVerifier",
  ]);
});

test("no other subpath can be imported", () => {
  const subpaths = [".", "./github-actions", "./local-key", "./oidc", "./package.json"];
  expect(Object.keys(manifest.exports).toSorted()).toEqual(subpaths);
  expect(Object.keys(manifest.publishConfig.exports).toSorted()).toEqual(subpaths);
});
