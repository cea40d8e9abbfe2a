import { describeAdapter } from "@watchword/conformance";
import { salesforceFixture } from "./salesforce-fixture.ts";

describeAdapter("salesforce", () => salesforceFixture());
