import { type OauthOptions, oauth } from "@watchword/adapter-oauth";
import { describeLive } from "@watchword/conformance";

describeLive("LIVE_OAUTH", process.env["LIVE_OAUTH"], (options) => oauth(options as OauthOptions));
