import { type Catalogue, type Operation, type ValueMap, parseArguments } from "@watchword/core";
import { type Binding, bindingOf } from "./argument-declaration.ts";
import type { CompiledStatement } from "./compiled-statement.ts";
import { BUILT_IN } from "./handle-operations.ts";
import { SnowflakeOptions } from "./snowflake-options.ts";

/** The catalogue of a declaration: its statements under the names that it gives them, and what can be done by a handle. */
export type SnowflakeCatalogue<Declared extends SnowflakeOptions> = Catalogue<{
  readonly [Key in keyof Declared["statements"] | "resultsRead" | "statementsCancel"]: Operation;
}>;

/** What a tool sends for a declared statement: the members of the request's body that are its own. */
export interface StatementBody {
  readonly statement: string;
  readonly bindings?: Readonly<Record<string, Binding>>;
}

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
  return catalogueOf(SnowflakeOptions.parse(declared).statements) as SnowflakeCatalogue<Declared>;
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

/** The catalogue of compiled statements. */
export function catalogueOf(statements: readonly CompiledStatement[]): Catalogue {
  return Object.freeze({
    adapter: "snowflake",
    operations: Object.freeze(
      Object.fromEntries([...statements, ...BUILT_IN].map(({ key, entry }) => [key, entry])),
    ),
  });
}

/** Statement and bind variables of decided values. */
export function bodyOf(compiled: CompiledStatement, values: ValueMap): StatementBody {
  const bindings = compiled.places.map((name, index) => {
    const declared = compiled.arguments[name];
    const value = values[name];
    if (declared === undefined || value === undefined) throw new TypeError(`${name} was never planned`);
    return [String(index + 1), bindingOf(declared, value)] as const;
  });
  return {
    statement: compiled.text,
    ...(bindings.length === 0 ? {} : { bindings: Object.fromEntries(bindings) }),
  };
}
