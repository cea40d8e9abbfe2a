/** Where a statement runs, each part of it written into the request by the gateway. */
export const RESOURCE = Object.freeze({
  account: "The account's identifier, in lower case: that of the tenant's connection.",
  role: "The one role of the session, which the token names.",
  warehouse: "The warehouse that computes.",
  database: "The database that names without one are in.",
  schema: "The schema that names without one are in.",
});

/** A part of where a statement runs that options or the connection's settings say. */
export type ContextField = "warehouse" | "database" | "schema";

/** Parts that are the same for every statement of a system. */
export const CONTEXT_FIELDS: readonly ContextField[] = Object.freeze(["warehouse", "database", "schema"]);
