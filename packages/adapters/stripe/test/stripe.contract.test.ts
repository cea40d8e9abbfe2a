import { describeAdapter } from "@watchword/conformance";
import { connectedFixture, sharedFixture } from "./stripe-fixture.ts";

describeAdapter("stripe, one connected account per tenant", connectedFixture);
describeAdapter("stripe, tenants by metadata of a shared account", sharedFixture);
