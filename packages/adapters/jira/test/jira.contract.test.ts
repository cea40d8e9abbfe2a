import { describeAdapter } from "@watchword/conformance";
import { cloudFixture, dataCenterFixture } from "./jira-fixture.ts";

describeAdapter("jira, cloud", () => cloudFixture());

if (process.env["WATCHWORD_LONG"] === "1") describeAdapter("jira, data center", () => dataCenterFixture());
else
  console.error(
    "the contract of a data center is not run: it waits for a silent system; WATCHWORD_LONG=1 runs it",
  );
