import type { Catalogue } from "@watchword/core";
import { objectOperations } from "./object-operations.ts";

/** What agents can do at Google Cloud. What is not here is refused. */
export const googleCatalogue = Object.freeze({
  adapter: "google",
  operations: Object.freeze(objectOperations),
}) satisfies Catalogue;
