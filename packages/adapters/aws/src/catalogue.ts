import type { Catalogue } from "@watchword/core";
import { itemOperations } from "./item-operations.ts";
import { objectOperations } from "./object-operations.ts";

/** What agents can do at AWS. What is not here is refused. */
export const awsCatalogue = Object.freeze({
  adapter: "aws",
  operations: Object.freeze({ ...objectOperations, ...itemOperations }),
}) satisfies Catalogue;
