import { type AzureOptions, azure } from "@watchword/adapter-azure";
import { describeLive } from "@watchword/conformance";

describeLive("LIVE_AZURE", process.env["LIVE_AZURE"], (options) => azure(options as AzureOptions));
