import type { Policy } from "@watchword/policy";
import { type BoundaryBuilder, type Selection, boundaryBuilder } from "./boundary-builder.ts";
import type { SystemUnderTest } from "./system-under-test.ts";
import type { ToolsModule } from "./tools/tool-example.ts";

/** What is put to the test. */
export interface BoundaryOptions {
  /** A policy, or the path of one. */
  readonly policy: Policy | string;
  /** By the names under `systems:` in the policy. */
  readonly systems: Readonly<Record<string, SystemUnderTest>>;
  /** The app's guarded tools with their examples: rows go through them as well. */
  readonly tools?: ToolsModule;
}

/** What is to be proven, as a value: `runBoundary` runs it into a report. */
export interface BoundarySuite extends BoundaryOptions {
  readonly selections: readonly Selection[];
}

/**
 * Says what is to be proven of a policy.
 *
 * @example
 * ```ts
 * import { payments } from "./systems/payments.ts"; // a SystemUnderTest: your adapter wired to its twin
 *
 * export default boundary({ policy: "policy/", systems: { payments } }, (b) => {
 *   b.tenant("refund-own-tenant");
 *   b.matrix();
 * });
 * ```
 */
export function boundary(options: BoundaryOptions, prove: (b: BoundaryBuilder) => void): BoundarySuite {
  const selections: Selection[] = [];
  prove(boundaryBuilder((selection) => void selections.push(selection)));
  return Object.freeze({ ...options, selections });
}
