import { describeAdapter } from "@watchword/conformance";
import { awsFixture } from "./aws-fixture.ts";

describeAdapter("aws, an account for each tenant", () => awsFixture("account"));

if (process.env["WATCHWORD_LONG"] === "1")
  describeAdapter("aws, a prefix for each tenant", () => awsFixture("prefix"));
else console.error("the contract for tenants of a shared account is not run: WATCHWORD_LONG=1 runs it");
