import { github } from "@watchword/adapter-github";
import { githubCatalogue } from "@watchword/adapter-github/catalogue";
import { system } from "@watchword/core";

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { code: github({ appId: 123_456 }) };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const code = system("code", githubCatalogue);
