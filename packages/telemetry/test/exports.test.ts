import * as telemetry from "@watchword/telemetry";
import { expect, test } from "vitest";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(telemetry).toSorted()).toEqual([
    "ATTRIBUTES",
    "NAMES_VERSION",
    "SCOPE",
    "SPANS",
    "checkTrace",
    "credentialAttributes",
    "decisionAttributes",
    "injectTrace",
    "principalAttributes",
    "principalSpanProcessor",
    "remoteLink",
    "withExchangeSpan",
    "withPrincipal",
    "withTokenExchangeSpan",
    "withToolSpan",
  ]);
});
