import { describeAdapter } from "@watchword/conformance";
import { exchangeFixture } from "./exchange-fixture.ts";
import { salesforceFixture } from "./salesforce-fixture.ts";

describeAdapter("salesforce, by the JWT bearer flow", () => salesforceFixture());

if (process.env["WATCHWORD_LONG"] === "1") describeAdapter("salesforce, by token exchange", exchangeFixture);
else
  console.error(
    "the contract by token exchange is not run: but for how tokens are asked for it is the same; WATCHWORD_LONG=1 runs it",
  );
