import { describeAdapter } from "@watchword/conformance";
import { azureFixture } from "./azure-fixture.ts";

describeAdapter("azure, an API behind Entra ID", () => azureFixture());
