import { google } from "@watchword/adapter-google";
import { googleCatalogue } from "@watchword/adapter-google/catalogue";
import { system } from "@watchword/core";

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = {
  files: google({
    provider: "projects/123456789012/locations/global/workloadIdentityPools/agents/providers/watchword",
    tenancy: "prefix",
  }),
};

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const files = system("files", googleCatalogue);
