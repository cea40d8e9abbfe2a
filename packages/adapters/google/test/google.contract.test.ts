import { describeAdapter } from "@watchword/conformance";
import { googleFixture } from "./google-fixture.ts";

describeAdapter("google, a bucket per tenant", () => googleFixture());

if (process.env["WATCHWORD_LONG"] === "1")
  describeAdapter("google, tenants of a shared bucket", () =>
    googleFixture({ options: { tenancy: "prefix" } }),
  );
else
  console.error("the contract of tenants in a shared bucket is not run by default; WATCHWORD_LONG=1 runs it");
