import { jira } from "@watchword/adapter-jira";
import { jiraCatalogue } from "@watchword/adapter-jira/catalogue";
import { system } from "@watchword/core";

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { tracker: jira() };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const tracker = system("tracker", jiraCatalogue);
