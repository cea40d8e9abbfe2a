import { stripe } from "@watchword/adapter-stripe";
import { describeLive } from "@watchword/conformance";

describeLive("LIVE_STRIPE", process.env["LIVE_STRIPE"], (options) => stripe(options));
