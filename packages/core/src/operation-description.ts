import { z } from "zod";
import type { Operation } from "./operation.ts";

const Names = z.array(z.string());

/** An operation of a catalogue as plain JSON: what a file can carry of it, and what policies are checked against. */
export const OperationDescription = z.strictObject({
  name: z.string().min(1),
  access: z.enum(["read", "write"]),
  title: z.string(),
  /** Fields that locate the object, each with what it means. */
  resource: z.record(z.string(), z.string()),
  /** JSON Schema (draft 2020-12) of the arguments. */
  arguments: z.record(z.string(), z.json()),
  /** Arguments whose owner the adapter can look up. */
  references: Names,
  /** Arguments that the broker decides when the action leaves them out. */
  decided: Names,
});
export type OperationDescription = z.infer<typeof OperationDescription>;

/**
 * Describes an operation as plain JSON. Refinements in code do not fit into a JSON Schema and are left out, so a
 * description never replaces {@link parseArguments}.
 */
export function describeOperation(entry: Operation): OperationDescription {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(entry.arguments, {
    io: "input",
    unrepresentable: "any",
  });
  return {
    name: entry.name,
    access: entry.access,
    title: entry.title,
    resource: { ...entry.resource },
    // A copy through JSON: what zod attaches beside the schema stays behind.
    arguments: JSON.parse(JSON.stringify(schema)) as OperationDescription["arguments"],
    references: [...entry.references],
    decided: [...entry.decided],
  };
}
