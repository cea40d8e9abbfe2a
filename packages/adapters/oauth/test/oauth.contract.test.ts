import { describeAdapter } from "@watchword/conformance";
import { DETAILS, oauthFixture } from "./oauth-fixture.ts";

describeAdapter("oauth, scopes by a client's own key", () => oauthFixture());

if (process.env["WATCHWORD_LONG"] === "1")
  describeAdapter("oauth, the action itself as authorization details", () =>
    oauthFixture({ authorization: { details: { type: DETAILS } } }),
  );
else
  console.error(
    "the contract of a server that knows authorization details is not run: it waits for a silent system each time; WATCHWORD_LONG=1 runs it",
  );
