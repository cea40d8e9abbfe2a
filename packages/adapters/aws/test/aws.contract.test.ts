import { describeAdapter } from "@watchword/conformance";
import { awsFixture } from "./aws-fixture.ts";

describeAdapter("aws, an account for each tenant", () => awsFixture("account"));
describeAdapter("aws, a prefix for each tenant", () => awsFixture("prefix"));
