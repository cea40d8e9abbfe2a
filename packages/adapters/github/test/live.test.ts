import { type GithubOptions, github } from "@watchword/adapter-github";
import { describeLive } from "@watchword/conformance";

describeLive("LIVE_GITHUB", process.env["LIVE_GITHUB"], (options) => github(options as GithubOptions));
