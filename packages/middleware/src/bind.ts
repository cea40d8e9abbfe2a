import {
  type Operation,
  type OperationReference,
  Refusal,
  type ValueMap,
  parseArguments,
} from "@watchword/core";

/** What a binding made of a tool's arguments: an action without its transaction. */
export interface BoundCall {
  readonly system: string;
  readonly operation: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly arguments: ValueMap;
}

/** Says what a tool call means: tool arguments in, one operation of the catalogue with its arguments out. */
export interface Binding<ToolArguments> {
  readonly system: string;
  readonly operation: Operation;
  /** @throws Refusal `binding_failed` */
  read(toolArguments: ToolArguments): Promise<BoundCall>;
}

/** Options of {@link bind}. */
export interface BindOptions<ToolArguments, Extra> {
  /** Look-ups that the binding needs; what it gives is the second argument of the binding. It runs without a credential. */
  readonly prepare?: (toolArguments: ToolArguments) => Promise<Extra>;
  /** Fields that locate the object, as far as the runtime knows them; the broker completes the rest. */
  readonly resource?: (toolArguments: ToolArguments, extra: Extra) => Readonly<Record<string, string>>;
}

/**
 * Ties a tool's arguments to one operation. What it gives is parsed by the catalogue's schema before anybody is asked.
 *
 * @example
 * ```ts
 * const payments = system("payments", stripeCatalogue);
 * bind(payments.refundsCreate, (args: { charge: string; cents: number }) => ({ charge: args.charge, amount: money(args.cents, "minor") }));
 * ```
 */
export function bind<Reference extends OperationReference, ToolArguments, Extra = undefined>(
  reference: Reference,
  read: (toolArguments: ToolArguments, extra: Extra) => Reference["operation"]["example"],
  options: BindOptions<ToolArguments, Extra> = {},
): Binding<ToolArguments> {
  const { system, operation } = reference;
  return Object.freeze({
    system,
    operation,
    async read(toolArguments: ToolArguments): Promise<BoundCall> {
      try {
        const extra = (await options.prepare?.(toolArguments)) as Extra;
        const values = parseArguments(operation, read(toolArguments, extra));
        return {
          system,
          operation: operation.name,
          resource: options.resource?.(toolArguments, extra) ?? {},
          arguments: values,
        };
      } catch (error) {
        const detail = Refusal.is(error) ? error.message : `binding of ${operation.name} threw`;
        throw new Refusal("binding_failed", { detail, failedFact: "action", cause: error });
      }
    },
  });
}
