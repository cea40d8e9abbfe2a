import { type Catalogue, type Operation, type ValueMap, parseArguments } from "@watchword/core";
import { catalogueOf } from "./catalogue-of.ts";
import { SnowflakeOptions } from "./snowflake-options.ts";
import { type StatementBody, bodyOf } from "./statement-body.ts";

/** The catalogue of a declaration: its statements under the names that it gives them, and what can be done by a handle. */
export type SnowflakeCatalogue<Declared extends SnowflakeOptions> = Catalogue<{
  readonly [
    Key in
      | keyof Declared["statements"]
      | (Declared extends { readonly select: object } ? "queriesSelect" : never)
      | "resultsRead"
      | "statementsCancel"
  ]: Operation;
}>;

/**
 * The operations of a declaration as data: what bindings beside the tools need, without the adapter.
 *
 * @throws ZodError for a declaration that does not fit together
 *
 * @example
 * ```ts
 * const warehouse = system("warehouse", snowflakeCatalogue(declared));
 * bind(warehouse.ordersOfCustomer, (args: { customer: string }) => ({ customer: args.customer }));
 * ```
 */
export function snowflakeCatalogue<const Declared extends SnowflakeOptions>(
  declared: Declared,
): SnowflakeCatalogue<Declared> {
  return catalogueOf(SnowflakeOptions.parse(declared)) as SnowflakeCatalogue<Declared>;
}

/**
 * Statement and bind variables as a tool sends them to `/api/v2/statements`, in the one spelling that the gateway takes.
 *
 * @throws ZodError for a declaration that does not fit together; TypeError for an unknown statement; Refusal `request_malformed`
 * for arguments that do not fit
 */
export function statementBody<const Declared extends SnowflakeOptions>(
  declared: Declared,
  key: keyof Declared["statements"] & string,
  values: ValueMap,
): StatementBody {
  const found = SnowflakeOptions.parse(declared).statements.find((each) => each.key === key);
  if (found === undefined) throw new TypeError(`no statement ${key} is declared`);
  return bodyOf(found, parseArguments(found.entry, values));
}
