import { z } from "zod";
import { OperationDescription } from "./operation-description.ts";

/**
 * What the guarded tools of an application can ask for: which operation of which system each tool is bound to, and what
 * these operations are. Plain JSON without secrets, usually `watchword.bindings.json`; `watchword policy lint` checks a
 * policy against it.
 */
export const BindingsManifest = z.strictObject({
  watchword: z.literal(1),
  tools: z.array(z.strictObject({ name: z.string().min(1), system: z.string(), operation: z.string() })),
  /** Tools that were allowed to be there without a guard. */
  unguarded: z.array(z.string()),
  /** Per system the operations that a tool is bound to; it may have others. */
  systems: z.record(z.string(), z.strictObject({ operations: z.record(z.string(), OperationDescription) })),
});
export type BindingsManifest = z.infer<typeof BindingsManifest>;
