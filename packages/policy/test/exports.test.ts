import { expect, test } from "vitest";
import * as policy from "@watchword/policy";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(policy).toSorted()).toEqual([
    "ClaimRules",
    "PolicyInvalid",
    "approversOf",
    "ceilingFor",
    "ceilingUnder",
    "checkCustody",
    "checkOperations",
    "claimsHold",
    "decide",
    "definePolicy",
    "delegatedCeiling",
    "delegationRule",
    "denyLocally",
    "describeFinding",
    "describeProblem",
    "evidenceFor",
    "fillTemplate",
    "hasGrant",
    "isInside",
    "linkClaims",
    "lintPolicy",
    "loadPolicy",
    "mutatePolicy",
    "parsePolicy",
    "policySchema",
    "projectPolicy",
    "readProjection",
    "readYaml",
    "workloadOf",
  ]);
});
