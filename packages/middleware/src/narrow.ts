import { Refusal } from "@watchword/core";
import { type DelegateOptions, delegate } from "./delegate.ts";
import { type Denial, denial } from "./denial.ts";

/** A tool that starts a subagent: whatever runs inside its `execute` runs as that agent. */
export interface SpawningTool<Arguments extends readonly unknown[], Result> {
  readonly name: string;
  execute(...call: Arguments): Promise<Result> | Result;
}

/**
 * Makes a tool that hands work to another agent do so with less authority: its `execute` runs inside a delegated run. A
 * refused delegation is a {@link Denial}, as of any guarded tool. Errors of the subagent itself pass through.
 *
 * @example
 * ```ts
 * const research = narrow({ name: "research", execute: ({ task }) => researcher.generate(task) }, { agent: "research@1" });
 * ```
 */
export function narrow<Arguments extends readonly unknown[], Result, Shape extends object = object>(
  tool: Shape & SpawningTool<Arguments, Result>,
  options: DelegateOptions | ((...call: Arguments) => DelegateOptions),
): Omit<Shape, "execute"> & { execute(...call: Arguments): Promise<Result | Denial> } {
  const execute = async (...call: Arguments): Promise<Result | Denial> => {
    let begun = false;
    try {
      return await delegate(typeof options === "function" ? options(...call) : options, () => {
        begun = true;
        return tool.execute(...call);
      });
    } catch (error) {
      if (begun) throw error;
      const refusal = Refusal.from(error, "internal");
      return denial(refusal.reason, refusal.decisionId);
    }
  };
  return Object.create(Object.getPrototypeOf(tool) as object | null, {
    ...Object.getOwnPropertyDescriptors(tool),
    execute: { value: execute, enumerable: true },
  }) as Omit<Shape, "execute"> & typeof tool & { execute: typeof execute };
}
