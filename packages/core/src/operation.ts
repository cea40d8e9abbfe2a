import { z } from "zod";
import { Refusal } from "./refusal.ts";
import { type ValueMap, isValueMap } from "./value.ts";

/** Whether an operation changes anything. Unknown is `write`. */
export type Access = "read" | "write";

/** What one system can be asked to do, as data: the ground that policy, bindings, gateway and twin share. */
export interface Operation<Arguments extends z.ZodObject = z.ZodObject> {
  /** `refunds.create` */
  readonly name: string;
  readonly access: Access;
  /** One line for people, in approvals and documentation. */
  readonly title: string;
  /** Fields that locate the object, each with what it means. The adapter completes those that an action leaves out. */
  readonly resource: Readonly<Record<string, string>>;
  /** Strict schema of the arguments: units and meanings in each member's `description`. */
  readonly arguments: Arguments;
  /** Arguments that name an object downstream whose owner the adapter can look up, for `ownedBy`. */
  readonly references: readonly (keyof z.infer<Arguments> & string)[];
  /** Arguments that the broker decides when the action leaves them out, and the gateway writes into the request. */
  readonly decided: readonly (keyof z.infer<Arguments> & string)[];
  /** Arguments for documentation, tests and the boundary matrix. */
  readonly example: z.input<Arguments>;
}

/** Operations by the name that code uses: `{ refundsCreate: operation({ name: "refunds.create", … }) }`. */
export type OperationSet = Readonly<Record<string, Operation>>;

/** An adapter's published list of operations; importable without the adapter's code. */
export interface Catalogue<Operations extends OperationSet = OperationSet> {
  /** The adapter's name: `stripe`. */
  readonly adapter: string;
  readonly operations: Operations;
}

/** One operation of one named system, what a binding points at. */
export interface OperationReference<Arguments extends z.ZodObject = z.ZodObject> {
  readonly system: string;
  readonly operation: Operation<Arguments>;
}

/** Declares an operation; the argument schema must be strict, so that an unknown member is an error. */
export function operation<Arguments extends z.ZodObject>(
  definition: Operation<Arguments>,
): Operation<Arguments> {
  return Object.freeze(definition);
}

/** The operations of a catalogue under the name that a deployment gave the system. */
export type SystemOperations<Operations extends OperationSet> = {
  readonly [Name in keyof Operations]: Operations[Name] extends Operation<infer Arguments>
    ? OperationReference<Arguments>
    : never;
};

/**
 * Names a system for bindings: the same string as under `systems:` in the policy.
 *
 * @example
 * ```ts
 * const payments = system("payments", stripeCatalogue);
 * bind(payments.refundsCreate, (args) => ({ charge: args.charge }));
 * ```
 */
export function system<Operations extends OperationSet>(
  name: string,
  catalogue: Catalogue<Operations>,
): SystemOperations<Operations> {
  const entries = Object.entries(catalogue.operations).map(([key, entry]) => [
    key,
    Object.freeze({ system: name, operation: entry }),
  ]);
  return Object.freeze(Object.fromEntries(entries)) as SystemOperations<Operations>;
}

/** Looks an operation up by its dotted name; `undefined` is "unknown", which everywhere means write and deny. */
export function findOperation({ operations }: Catalogue, name: string): Operation | undefined {
  let named = byName.get(operations);
  if (named === undefined) {
    // The first of a name, as in the order of the catalogue.
    named = new Map(
      Object.values(operations)
        .toReversed()
        .map((entry) => [entry.name, entry]),
    );
    byName.set(operations, named);
  }
  return named.get(name);
}

/** Operations by name, of every catalogue that was asked: a catalogue is a constant, and an action asks four times. */
const byName = new WeakMap<OperationSet, ReadonlyMap<string, Operation>>();

/**
 * Parses arguments by the operation's schema into canonical values.
 *
 * @throws Refusal `request_malformed` with paths and codes, never the values.
 */
export function parseArguments(entry: Operation, input: unknown): ValueMap {
  const parsed = entry.arguments.safeParse(input);
  if (!parsed.success)
    throw new Refusal("request_malformed", {
      detail: `${entry.name}: ${issuePaths(parsed.error)}`,
      failedFact: "action",
    });
  const value: unknown = withoutUndefined(parsed.data);
  if (!isValueMap(value))
    throw new Refusal("request_malformed", {
      detail: `${entry.name}: arguments hold something that is not a value`,
      failedFact: "action",
    });
  return value;
}

/** Where and how a schema refused, without what was refused: `arguments.amount: invalid_type`. */
export function issuePaths(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "(root)"}: ${issue.code}`).join(", ");
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
