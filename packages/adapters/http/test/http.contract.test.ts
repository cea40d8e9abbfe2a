import { describeAdapter } from "@watchword/conformance";
import { headerFixture, keyFixture, pathFixture, sharedFixture, subdomainFixture } from "./http-fixture.ts";

describeAdapter("http, the account in a header", headerFixture);

if (process.env["WATCHWORD_LONG"] === "1") {
  describeAdapter("http, a key per tenant", keyFixture);
  describeAdapter("http, the account in the path, by Basic", pathFixture);
  describeAdapter("http, a host per account", subdomainFixture);
  describeAdapter("http, tenants of a shared account", sharedFixture);
} else
  console.error(
    "the contract of four tenancies more is not run: it waits for a silent system each time; WATCHWORD_LONG=1 runs it",
  );
