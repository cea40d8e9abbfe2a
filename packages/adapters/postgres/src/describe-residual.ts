import type { Authority, Residual } from "@watchword/core";

const VERBS: Readonly<Record<string, string>> = {
  select: "read",
  insert: "add",
  update: "change",
  delete: "delete",
};

/** Verb, table, columns, rows and tenant are the role's own; which values, how often and for how long are not. */
export function describeResidual({ operation, arguments: values }: Authority): Residual {
  const { table, key } = values;
  const rows = key === undefined ? "any rows of the tenant" : "the one row";
  return {
    summary: `until the lease ends it could ${VERBS[operation.slice(operation.indexOf(".") + 1)] ?? "use"} ${rows} in ${typeof table === "string" ? table : "its table"}, as often as it likes and with any values, read the server's catalog, and hold locks`,
    axes: ["values", "count", "time"],
    heldBy: "gateway",
  };
}
