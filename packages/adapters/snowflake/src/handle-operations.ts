import { type Operation, operation } from "@watchword/core";
import { z } from "zod";
import { RESOURCE } from "./resource.ts";

const statement = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  .describe("Handle of a statement that this run sent.");
const decision = z
  .string()
  .max(64)
  .optional()
  .describe("The decision by which the run sent it; the broker looks it up.");
const EXAMPLE = "01b2c3d4-0000-4e5f-0000-0a1b2c3d4e5f";

/** An operation on a statement that was sent before, by its handle. */
export interface HandleOperation {
  /** The name that code uses. */
  readonly key: "resultsRead" | "statementsCancel";
  readonly name: string;
  readonly entry: Operation;
}

const resultsRead = operation({
  name: "results.read",
  access: "read",
  title: "Read how a statement of this run stands, or a part of its result",
  resource: RESOURCE,
  arguments: z.strictObject({
    statement,
    partition: z.int().min(0).max(999_999).optional().describe("Which part of the result; the first is 0."),
    decision,
  }),
  references: [],
  decided: ["decision"],
  example: { statement: EXAMPLE, partition: 0 },
});

const statementsCancel = operation({
  name: "statements.cancel",
  access: "write",
  title: "Cancel a statement of this run that still runs",
  resource: RESOURCE,
  arguments: z.strictObject({ statement, decision }),
  references: [],
  decided: ["decision"],
  example: { statement: EXAMPLE },
});

/** What every system has besides its declared statements. */
export const BUILT_IN: readonly HandleOperation[] = Object.freeze([
  { key: "resultsRead", name: "results.read", entry: resultsRead },
  { key: "statementsCancel", name: "statements.cancel", entry: statementsCancel },
]);
