import type { ValueMap } from "@watchword/core";
import { type Binding, bindingOf } from "./argument-declaration.ts";
import type { CompiledStatement } from "./compiled-statement.ts";

/** What a tool sends for a declared statement: the members of the request's body that are its own. */
export interface StatementBody {
  readonly statement: string;
  readonly bindings?: Readonly<Record<string, Binding>>;
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
